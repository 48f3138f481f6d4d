"""What the house has to do with other machines: beside which server it works, and everything that ever left it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.admin.asked_ids import begin_after
from service.admin.telling import do_and_tell
from service.egress.log import list_requests
from service.elsewhere.server import find_server, forget_server, name_server
from service.errors import InvalidRequest
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.operations.house_acts import note_act
from service.sentences import marked
from service.store.tables import EgressRequest, ElsewhereAccount, ElsewhereServer, User

blueprint = Blueprint("outside", __name__, template_folder="templates")

SHOWN = 50
_LONGEST_PATH = 4_000
_GONE = marked("somebody who left")
_FEATURES = {"elsewhere": marked("the other server")}


@dataclass(frozen=True)
class Sent:
    """A request that left the house: ``where`` is host and path. ``status`` is None where no answer came."""

    id: str
    at: datetime
    where: str
    why: str
    for_whom: str
    sent_bytes: int
    received_bytes: int
    status: int | None


@blueprint.get("")
@owner_page
def show_sent() -> str:
    """A page of what left the house, newest first."""
    before = begin_after()
    with parts().database.session(read_only=True) as db_session:
        rows = list_requests(db_session, before_id=before, limit=SHOWN + 1)
        sent = _told(db_session, rows[:SHOWN])
        server = find_server(db_session)
    further = rows[SHOWN - 1].id if len(rows) > SHOWN else None
    return render_template(
        "house/outside_sent.html", sent=sent, before=before, further=further, is_on=server is not None
    )


@blueprint.get("/server")
@owner_page
def show_server() -> str:
    """Beside which server the house works, and how many listeners gave an account there."""
    with parts().database.session(read_only=True) as db_session:
        server = find_server(db_session)
        accounts = db_session.scalar(select(func.count()).select_from(ElsewhereAccount))
    told = _settings_of(server)
    return render_template(
        "house/outside_server.html", url=told.get("server"), folder=told.get("folder"), accounts=accounts
    )


@blueprint.post("/server")
@owner_page
def put_server() -> Response:
    """Work beside a server, or change where pieces are put for it."""
    url, folder = (request.form.get(name, "").strip() for name in ("url", "folder"))

    def act(db_session: Session) -> str:
        if len(folder) > _LONGEST_PATH:
            raise InvalidRequest("The path of that folder is too long.", code="no_such_folder")
        before = _settings_of(find_server(db_session))
        server = name_server(db_session, url, folder or None)
        after = _settings_of(server)
        if after != before:
            note_act(
                db_session,
                viewer().user_id,
                "name_server",
                ("store", server.id),
                before=before,
                after=after,
            )
        url_given = server.url
        return marked(
            f"The house works beside {url_given}: listeners give their accounts there on their own pages."
        )

    return do_and_tell(url_for("outside.show_server"), act)


@blueprint.post("/server/leave")
@owner_page
def leave_server() -> Response:
    """Work beside none: everybody's accounts there are forgotten."""

    def act(db_session: Session) -> str:
        server = find_server(db_session)
        if server is not None:
            note_act(
                db_session,
                viewer().user_id,
                "forget_server",
                ("store", server.id),
                before=_settings_of(server),
            )
            forget_server(db_session)
        return marked("The house works beside no other server. What came in from it stays.")

    return do_and_tell(url_for("outside.show_server"), act)


def _settings_of(server: ElsewhereServer | None) -> dict[str, Any]:
    if server is None:
        return {}
    folder = None if server.folder is None else server.folder.decode("utf-8", "replace")
    return {"server": server.url, "folder": folder}


def _told(db_session: Session, rows: list[EgressRequest]) -> list[Sent]:
    people = {row.user_id for row in rows if row.user_id is not None}
    names = dict(db_session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    return [
        Sent(
            id=row.id,
            at=row.created_at,
            where=f"{row.host}{row.path}",
            why=_FEATURES.get(row.feature, row.feature.replace("_", " ")),
            for_whom=names.get(row.user_id or "", _GONE),
            sent_bytes=row.sent_bytes,
            received_bytes=row.received_bytes,
            status=row.status,
        )
        for row in rows
    ]
