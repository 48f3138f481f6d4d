"""Browsers that are signed in."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session

from service.accounts.secrets_kept_hashed import new_secret, sha256_of
from service.errors import NotFound
from service.settings import Settings
from service.store.tables import LoginSession
from service.store.tables.base import utc_now

SECRET_PREFIX = "hss_"  # noqa: S105 - the public beginning of every such secret
_USER_AGENT_MAX_CHARACTERS = 200


class OpenedSession(NamedTuple):
    """A new session and the secret that belongs in the browser's cookie and nowhere else."""

    row: LoginSession
    secret: str


def open_session(
    db_session: Session, settings: Settings, user_id: str, user_agent: str = ""
) -> OpenedSession:
    """Sign a browser in for ``settings.session_days``; using the session moves its end. Their old sessions are forgotten."""
    secret, now = new_secret(SECRET_PREFIX), utc_now()
    is_over = or_(LoginSession.expires_at <= now, LoginSession.revoked_at.is_not(None))
    db_session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, is_over))
    row = LoginSession(
        user_id=user_id,
        token_sha256=sha256_of(secret),
        user_agent="".join(filter(str.isprintable, user_agent))[:_USER_AGENT_MAX_CHARACTERS],
        last_used_at=now,
        expires_at=now + timedelta(days=settings.session_days),
    )
    db_session.add(row)
    db_session.flush()
    return OpenedSession(row, secret)


def list_sessions(db_session: Session, user_id: str) -> list[LoginSession]:
    """The person's sessions that are still good, the one used last first."""
    return list(
        db_session.scalars(_good(user_id).order_by(LoginSession.last_used_at.desc(), LoginSession.id))
    )


def revoke_session(db_session: Session, user_id: str, session_id: str) -> None:
    """Sign that browser out. Raises NotFound (``unknown_session``)."""
    row = db_session.scalar(_good(user_id).where(LoginSession.id == session_id))
    if row is None:
        raise NotFound("There is no such session.", code="unknown_session")
    row.revoked_at = utc_now()


def revoke_sessions(db_session: Session, user_id: str, *, but: str | None = None) -> None:
    """Sign the person out everywhere, or everywhere but in the session of this id."""
    others: list[ColumnElement[bool]] = [] if but is None else [LoginSession.id != but]
    db_session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None), *others)
        .values(revoked_at=utc_now())
    )


def _good(user_id: str) -> Select[LoginSession]:
    return select(LoginSession).where(
        LoginSession.user_id == user_id,
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > utc_now(),
    )
