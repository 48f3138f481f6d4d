"""Passwords for the apps that people have already."""

from datetime import datetime
from typing import Any, Literal, get_args

from flask import Response, request
from pydantic import Field
from sqlalchemy.orm import Session

from service.accounts.app_addresses import app_addresses
from service.accounts.app_passwords import (
    LABEL_MAX_CHARACTERS,
    MOST_FOR_A_LISTENER,
    issue_app_password,
    list_app_passwords,
    revoke_app_password,
)
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.store.texts import NAMED

blueprint = resource("app-passwords", "Passwords for music apps and scrobblers, one for each.")

AppScope = Literal["library:read", "stream", "listens:write", "feedback:write", "playlists:write"]
SCOPES: tuple[AppScope, ...] = get_args(AppScope)


class AppPassword(Answer):
    """An app's password, without its secret."""

    id: Id
    label: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None


class AppAddress(Answer):
    """An address to paste into an app that speaks this protocol, and where."""

    protocol: str
    url: str
    paste_where: str


class NewAppPassword(AppPassword):
    """An app's password with its secret, which is told this once, and what else to type into the app."""

    secret: str
    user_name: str
    server_url: str
    addresses: list[AppAddress] = Field(
        description="For scrobblers, each of which asks for another form of it."
    )


class AppPasswords(Answer):
    """Your app passwords that are good, newest first."""

    items: list[AppPassword]


class AppPasswordWish(Body):
    """Which app it is for, and what that may do."""

    label: str = Field(
        min_length=1, max_length=LABEL_MAX_CHARACTERS, pattern=NAMED, examples=["the app on my phone"]
    )
    scopes: list[AppScope] = Field(default=list(SCOPES), min_length=1, max_length=len(SCOPES))


@blueprint.get("/me/app-passwords")
@blueprint.output(AppPasswords)
@requires("profile:read")
def list_own_app_passwords() -> AppPasswords:
    """Your app passwords

    Those that are still good, newest first, with when each was last used.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_app_passwords(db_session, viewer().user_id)
        return AppPasswords(items=[AppPassword.model_validate(row) for row in rows])


@blueprint.post("/me/app-passwords")
@blueprint.input(AppPasswordWish, example={"label": "the app on my phone"})
@blueprint.output(NewAppPassword, status_code=201)
@blueprint.doc(responses={409: f"There are {MOST_FOR_A_LISTENER} already."})
@requires("profile:write")
def make_app_password(json_data: AppPasswordWish) -> Response:
    """Make a password for an app

    For apps that speak OpenSubsonic, and for scrobblers; one for each, so that each can be revoked. The secret is in
    this answer and nowhere else, so no `Idempotency-Key` is taken. It can do no more than whoever makes it.
    """

    def make(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        row, secret = issue_app_password(
            db_session,
            parts().app_password_keys,
            viewer().user_id,
            json_data.label,
            json_data.scopes,
            within=viewer().scopes,
        )
        shown = AppPassword.model_validate(row).model_dump(mode="json")
        server_url = parts().settings.public_url or request.root_url.rstrip("/")
        addresses = [each._asdict() for each in app_addresses(server_url)]
        told = {
            "secret": secret,
            "user_name": viewer().name,
            "server_url": server_url,
            "addresses": addresses,
        }
        return shown | told, 201, {}

    return answered_once(make, holds_secret=True)


@blueprint.delete("/me/app-passwords/<id:app_password_id>")
@blueprint.doc(responses={204: "It is good for nothing any more."})
@requires("profile:write")
def delete_app_password(app_password_id: str) -> tuple[str, int]:
    """Revoke an app's password

    The app is refused from the next request on.
    """
    with parts().database.session() as db_session:
        revoke_app_password(db_session, viewer().user_id, app_password_id)
    return "", 204
