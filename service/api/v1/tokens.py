"""Keys for programs."""

from datetime import datetime
from typing import Any, Literal, get_args

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.accounts.api_tokens import issue, list_tokens, revoke_token
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.store.texts import NAMED

blueprint = resource("tokens", "Keys for your programs, limited to what each needs.")

Scope = Literal[
    "library:read",
    "stream",
    "listens:write",
    "feedback:write",
    "playlists:write",
    "profile:read",
    "profile:write",
    "compose",
    "admin:review",
    "admin:system",
]
SCOPES = frozenset(get_args(Scope))


class Token(Answer):
    """A key, without its secret."""

    id: Id
    label: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None


class NewToken(Token):
    """A key and its secret, which is told this once and kept nowhere."""

    secret: str


class Tokens(Answer):
    """Your keys that are good, newest first."""

    items: list[Token]


class TokenWish(Body):
    """What the key is for."""

    label: str = Field(min_length=1, max_length=120, pattern=NAMED, examples=["radio in the kitchen"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES), examples=[["library:read", "stream"]])


@blueprint.get("/me/tokens")
@blueprint.output(Tokens)
@requires("profile:read")
def list_own_tokens() -> Tokens:
    """Your keys

    Those that are still good, newest first, without their secrets.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_tokens(db_session, viewer().user_id)
        return Tokens(items=[Token.model_validate(row) for row in rows])


@blueprint.post("/me/tokens")
@blueprint.input(TokenWish, example={"label": "radio in the kitchen", "scopes": ["library:read", "stream"]})
@blueprint.output(NewToken, status_code=201)
@requires("profile:write")
def make_token(json_data: TokenWish) -> Response:
    """Make a key for a program

    The secret is in this answer and nowhere else, so no `Idempotency-Key` is taken. A key can be given no more than
    what whoever makes it may do.
    """

    def make(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        row, secret = issue(
            db_session, viewer().user_id, json_data.label, json_data.scopes, within=viewer().scopes
        )
        shown = Token.model_validate(row).model_dump(mode="json")
        return shown | {"secret": secret}, 201, {}

    return answered_once(make, holds_secret=True)


@blueprint.delete("/me/tokens/<id:token_id>")
@blueprint.doc(responses={204: "It is good for nothing any more."})
@requires("profile:write")
def delete_token(token_id: str) -> tuple[str, int]:
    """Revoke a key

    It is refused from the next request on.
    """
    with parts().database.session() as db_session:
        revoke_token(db_session, viewer().user_id, token_id)
    return "", 204
