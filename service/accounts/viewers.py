"""Whom a secret speaks for: one query, made on every request."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from service.accounts.scopes import scopes_of
from service.accounts.secrets_kept_hashed import sha256_of
from service.errors import Unauthenticated
from service.store.tables import ApiToken, LoginSession, User
from service.store.tables.base import utc_now


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, and what they may do: ``scopes`` are those of the token, within what the person may.

    One of ``session_id``, ``token_id`` and ``app_password_id`` is given. ``used_at`` is when it was last noted to be used.
    Browsers alone are held up by a password that somebody else gave: keys and app passwords are made by the person.
    """

    user_id: str
    name: str
    is_owner: bool
    list_revision: int
    composed_policy: str
    scopes: frozenset[str]
    session_id: str | None
    token_id: str | None
    used_at: datetime | None
    app_password_id: str | None = None
    must_choose_password: bool = False


PERSON_COLUMNS = (User.id, User.name, User.is_owner, User.list_revision, User.composed_policy)
_BY_TOKEN = (
    select(*PERSON_COLUMNS, ApiToken.id, ApiToken.last_used_at, ApiToken.scopes)
    .join(User, User.id == ApiToken.user_id)
    .where(
        ApiToken.token_sha256 == bindparam("sha256"),
        ApiToken.revoked_at.is_(None),
        User.disabled_at.is_(None),
    )
)
_BY_SESSION = (
    select(*PERSON_COLUMNS, LoginSession.id, LoginSession.last_used_at, User.password_is_given)
    .join(User, User.id == LoginSession.user_id)
    .where(
        LoginSession.token_sha256 == bindparam("sha256"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
    )
)


def viewer_by_token(connection: Connection, secret: str) -> Viewer:
    """Whose token this is. Raises Unauthenticated, in the same words for whatever is wrong with it."""
    row = connection.execute(_BY_TOKEN, {"sha256": sha256_of(secret)}).first()
    if row is None:
        raise not_signed_in()
    user_id, name, is_owner, list_revision, composed_policy, token_id, used_at, scopes = row
    allowed = scopes_of(is_owner=is_owner).intersection(scopes)
    return Viewer(user_id, name, is_owner, list_revision, composed_policy, allowed, None, token_id, used_at)


def viewer_by_session(connection: Connection, secret: str) -> Viewer:
    """Whose browser this is. Raises as `viewer_by_token` does."""
    row = connection.execute(_BY_SESSION, {"sha256": sha256_of(secret), "now": utc_now()}).first()
    if row is None:
        raise not_signed_in()
    user_id, name, is_owner, list_revision, composed_policy, session_id, used_at, is_given = row
    return Viewer(
        user_id,
        name,
        is_owner,
        list_revision,
        composed_policy,
        scopes_of(is_owner=is_owner),
        session_id,
        None,
        used_at,
        must_choose_password=is_given,
    )


def not_signed_in() -> Unauthenticated:
    """The one answer for nobody, and for a secret that is unknown, revoked or expired."""
    return Unauthenticated("Sign in first, or show a token that is still good.")
