"""Beside another server: which one, listeners' accounts there, and what left the house."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.paged import one_more, paged
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id, Query
from service.api.v1.jobs import JobAnswer, job_accepted
from service.egress.log import list_requests
from service.elsewhere.accounts import (
    NAME_MAX_CHARACTERS,
    PASSWORD_MAX_CHARACTERS,
    connect,
    disconnect,
    find_account,
    sync_soon,
)
from service.elsewhere.server import find_server, forget_server, name_server
from service.http.authentication import owner_only, requires, viewer
from service.http.idempotency import answered_once
from service.http.paging import Page
from service.http.parts import parts
from service.store.tables import ElsewhereServer
from service.store.texts import NAMED, ONE_LINE

blueprint = resource(
    "elsewhere", "Beside another OpenSubsonic server, such as Navidrome. Off until it is named."
)


# As most addresses are written; `name_server` takes others, too, such as one of IPv6.
_ADDRESS = r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,100}[A-Za-z0-9])?(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~-]{1,40}){0,4}$"


class ServerWish(Body):
    """The other server, and the folder it watches into which composed pieces are to be put."""

    url: str = Field(
        min_length=1,
        max_length=500,
        examples=["https://music.example"],
        json_schema_extra={"pattern": _ADDRESS},
    )
    folder: str | None = Field(default=None, max_length=4_000, description="Its whole path here.")


class ServerAnswer(Answer):
    """The other server; nulls where the house works beside none."""

    url: str | None
    folder: str | None


class AccountWish(Body):
    """Your name and password there."""

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARACTERS, pattern=NAMED, examples=["ada"])
    password: str = Field(min_length=1, max_length=PASSWORD_MAX_CHARACTERS, pattern=ONE_LINE)
    with_pieces: bool = Field(
        default=False, description="Put your pieces there, where all who use that server can hear them."
    )
    sends_password: bool = Field(
        default=False,
        description="It is an older server that takes no salted token: send it the password itself.",
    )


class SyncReport(Answer):
    """What the last sync did. Of what came in there is an import, which can be undone."""

    songs: int = Field(description="How many there are.")
    matched_songs: int = Field(description="How many of them this library has.")
    listens: int
    thumbs: int
    duplicate: int = Field(description="Told before.")
    skipped: dict[str, int] = Field(description="By reason.")
    failed: int
    failures: list[str]
    played_songs: int | None = Field(
        default=None, description="Of how many of them it told when they were played; many servers do not."
    )
    playlists: int = Field(description="How many were written there.")
    pieces_put: int
    pieces_removed: int
    import_id: Id | None


class AccountAnswer(Answer):
    """The other server, and your account there; `name` is null where you gave none. Your password is not told."""

    server: str | None
    name: str | None
    with_pieces: bool
    sends_password: bool
    refused_at: datetime | None = Field(description="Since then it does not take your name and password.")
    job_id: Id | None = Field(description="The last job that synced.")
    synced_at: datetime | None
    report: SyncReport | None


class DisconnectQuery(Query):
    """Whether what came in is taken back."""

    undo: bool = Field(default=False, description="Take back the listens and thumbs that came from there.")


class EgressAnswer(Answer):
    """A request that left the house. What it asked for and with what words is not kept."""

    id: Id
    created_at: datetime
    feature: str = Field(examples=["elsewhere"])
    user_id: Id | None
    host: str
    method: str
    path: str
    sent_bytes: int
    received_bytes: int
    status: int | None = Field(description="Null where no answer came.")


class Egress(Answer):
    """A page of requests, newest first."""

    items: list[EgressAnswer]
    next_cursor: str | None


@blueprint.get("/admin/elsewhere")
@blueprint.output(ServerAnswer)
@owner_only("admin:system")
def show_other_server() -> ServerAnswer:
    """Beside which server the house works

    Nulls where it works beside none, which is how it begins.
    """
    with parts().database.session(read_only=True) as db_session:
        return _shown(find_server(db_session))


@blueprint.put("/admin/elsewhere")
@blueprint.input(ServerWish, example={"url": "https://music.example"})
@blueprint.output(ServerAnswer)
@blueprint.doc(responses={404: "There is no such folder here."})
@owner_only("admin:system")
def put_other_server(json_data: ServerWish) -> ServerAnswer:
    """Work beside a server

    Nothing is sent to it before a listener gives their account there. Naming another one forgets everybody's accounts
    on the one before.
    """
    with parts().database.session() as db_session:
        return _shown(name_server(db_session, json_data.url, json_data.folder))


@blueprint.delete("/admin/elsewhere")
@blueprint.doc(responses={204: "The house works beside none."})
@owner_only("admin:system")
def delete_other_server() -> tuple[str, int]:
    """Work beside no server

    Everybody's accounts there are forgotten; nothing is changed on it. What came in stays, as imports.
    """
    with parts().database.session() as db_session:
        forget_server(db_session)
    return "", 204


@blueprint.get("/admin/egress")
@blueprint.input(Page, location="query")
@blueprint.output(Egress)
@owner_only("admin:system")
def list_egress(query_data: Page) -> Response:
    """What left the house

    Every request to another machine, newest first, kept for a year. Empty unless something was turned on.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_requests(db_session, before_id=query_data.after(), limit=one_more(query_data))
    return paged(rows, query_data, EgressAnswer.model_validate, lambda row: row.id)


@blueprint.get("/me/elsewhere")
@blueprint.output(AccountAnswer)
@requires("profile:read")
def show_own_account() -> AccountAnswer:
    """Your account on the other server

    With what the last sync did, and the job that did it.
    """
    with parts().database.session(read_only=True) as db_session:
        server, account = find_server(db_session), find_account(db_session, viewer().user_id)
    return AccountAnswer(
        server=None if server is None else server.url,
        name=None if account is None else account.name,
        with_pieces=account is not None and account.with_pieces,
        sends_password=account is not None and account.sends_password,
        refused_at=None if account is None else account.refused_at,
        job_id=None if account is None else account.job_id,
        synced_at=None if account is None else account.synced_at,
        report=None
        if account is None or account.report is None
        else SyncReport.model_validate(account.report),
    )


@blueprint.put("/me/elsewhere")
@blueprint.input(AccountWish, example={"name": "ada", "password": "correct horse battery staple"})
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(responses={409: "No other server is named."})
@requires("profile:write")
def put_own_account(json_data: AccountWish) -> Response:
    """Give your account on the other server

    Your password is kept encrypted. A first sync begins at once: follow the job at `Location`, which fails with
    `elsewhere_refused` where the password is wrong, and with `elsewhere_sign_in_unsupported` where the server takes no
    salted token.
    """

    def keep(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        keys, user_id = parts().app_password_keys, viewer().user_id
        connect(
            db_session,
            keys,
            user_id,
            json_data.name,
            json_data.password,
            with_pieces=json_data.with_pieces,
            sends_password=json_data.sends_password,
        )
        return job_accepted(sync_soon(db_session, user_id))

    # What is asked holds a secret, of which not even a checksum is to be kept.
    return answered_once(keep, holds_secret=True)


@blueprint.post("/me/elsewhere/sync")
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(responses={409: "No other server is named, or you gave no account."})
@requires("profile:write")
def sync_own_account() -> Response:
    """Bring the two servers together now

    It happens by itself every six hours as well. Follow the job at `Location`.
    """
    return answered_once(lambda db_session: job_accepted(sync_soon(db_session, viewer().user_id)))


@blueprint.delete("/me/elsewhere")
@blueprint.input(DisconnectQuery, location="query")
@blueprint.doc(responses={204: "It is forgotten."})
@requires("profile:write")
def delete_own_account(query_data: DisconnectQuery) -> tuple[str, int]:
    """Forget your account on the other server

    Nothing is changed there. With `undo` what came from there is taken back.
    """
    with parts().database.session() as db_session:
        disconnect(db_session, viewer().user_id, undo=query_data.undo)
    return "", 204


def _shown(server: ElsewhereServer | None) -> ServerAnswer:
    folder = None if server is None else server.folder
    return ServerAnswer(
        url=None if server is None else server.url,
        folder=None if folder is None else folder.decode("utf-8", "replace"),
    )
