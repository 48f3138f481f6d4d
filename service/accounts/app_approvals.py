"""Letting an app in that shows no password: it shows a token, which its listener approved beforehand."""

import secrets
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.accounts.secrets_kept_hashed import sha256_of
from service.store.tables import ApprovedToken, utc_now

GOOD_FOR = timedelta(hours=1)
"""From when it was approved."""

TOKEN_CHARACTERS = 32


def new_token() -> str:
    """128 random bits as 32 hexadecimal digits. Nothing is kept of it before somebody approves it."""
    return secrets.token_hex(TOKEN_CHARACTERS // 2)


def approve_token(db_session: Session, token: str, app_password_id: str) -> None:
    """Whoever shows this token next is this app. What was approved long ago and never shown is forgotten."""
    db_session.execute(delete(ApprovedToken).where(ApprovedToken.created_at < utc_now() - GOOD_FOR))
    db_session.merge(
        ApprovedToken(token_sha256=sha256_of(token), app_password_id=app_password_id, created_at=utc_now())
    )
    db_session.flush()


def take_token(db_session: Session, token: str) -> str | None:
    """The id of the app password that the token was approved with, once; None where it was not, or is used up."""
    taken = (
        delete(ApprovedToken)
        .where(
            ApprovedToken.token_sha256 == sha256_of(token),
            ApprovedToken.created_at >= utc_now() - GOOD_FOR,
        )
        .returning(ApprovedToken.app_password_id)
    )
    return db_session.scalar(taken)
