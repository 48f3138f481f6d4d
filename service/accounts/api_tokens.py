"""Keys for programs."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.scopes import ALL_SCOPES, scopes_of
from service.accounts.secrets_kept_hashed import new_secret, sha256_of
from service.errors import Forbidden, InvalidRequest, NotFound
from service.store.tables import ApiToken, User
from service.store.tables.base import utc_now
from service.store.texts import is_name

SECRET_PREFIX = "hst_"  # noqa: S105 - the public beginning of every such secret
_LABEL_MAX_CHARACTERS = 120


class IssuedToken(NamedTuple):
    """A new token and its secret, which is shown once and kept nowhere."""

    row: ApiToken
    secret: str


def issue(
    db_session: Session,
    user_id: str,
    label: str,
    scopes: Iterable[str],
    *,
    within: frozenset[str] = ALL_SCOPES,
) -> IssuedToken:
    """A token for one of the person's programs, asked for by somebody who may do what is ``within``.

    Raises InvalidRequest (``bad_label``, ``unknown_scope``) and Forbidden for scopes that only an owner may pass on
    (``owner_only``) or that the asking program has not got itself (``missing_scope``).
    """
    wanted = sorted(set(scopes))
    if not is_name(label, _LABEL_MAX_CHARACTERS):
        raise InvalidRequest(
            f"A token's label is one line of 1 to {_LABEL_MAX_CHARACTERS} characters, with no blank at either end.",
            code="bad_label",
        )
    unknown = [scope for scope in wanted if scope not in ALL_SCOPES]
    if unknown or not wanted:
        raise InvalidRequest(
            f"A token needs one or more of these scopes: {', '.join(sorted(ALL_SCOPES))}.",
            code="unknown_scope",
        )
    user = db_session.get_one(User, user_id)
    if not scopes_of(is_owner=user.is_owner).issuperset(wanted):
        raise Forbidden("Only an owner may give a token those scopes.", code="owner_only")
    if not within.issuperset(wanted):
        raise Forbidden("A token cannot make one that may do more than itself.", code="missing_scope")
    secret = new_secret(SECRET_PREFIX)
    row = ApiToken(user_id=user_id, label=label, token_sha256=sha256_of(secret), scopes=wanted)
    db_session.add(row)
    db_session.flush()
    return IssuedToken(row, secret)


def list_tokens(db_session: Session, user_id: str) -> list[ApiToken]:
    """The person's tokens that are still good, newest first."""
    return list(
        db_session.scalars(
            select(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.id.desc())
        )
    )


def revoke_token(db_session: Session, user_id: str, token_id: str) -> None:
    """The token is good for nothing from now on. Raises NotFound (``unknown_token``)."""
    row = db_session.scalar(
        select(ApiToken).where(
            ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)
        )
    )
    if row is None:
        raise NotFound("There is no such token.", code="unknown_token")
    row.revoked_at = utc_now()
