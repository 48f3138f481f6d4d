"""Passwords for apps: one for each, made here and typed there, revoked one by one."""

import base64
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.app_password_keys import AppPasswordKeys
from service.accounts.scopes import ALL_SCOPES, APP_SCOPES
from service.errors import Conflict, Forbidden, InvalidRequest, NotFound
from service.store.ids import new_id
from service.store.tables import AppPassword
from service.store.tables.base import utc_now
from service.store.texts import is_name

SECRET_PREFIX = "hsa_"  # noqa: S105 - the public beginning of every such secret
_SECRET_BYTES = 16
LABEL_MAX_CHARACTERS = 120
# An app that signs in by a name is compared with all of them.
MOST_FOR_A_LISTENER = 100


class IssuedAppPassword(NamedTuple):
    """A new app password and its secret, which is shown once."""

    row: AppPassword
    secret: str


def issue_app_password(
    db_session: Session,
    keys: AppPasswordKeys,
    user_id: str,
    label: str,
    scopes: Iterable[str] = APP_SCOPES,
    *,
    within: frozenset[str] = ALL_SCOPES,
) -> IssuedAppPassword:
    """A password for one of the person's apps, asked for by somebody who may do what is ``within``.

    128 random bits in 26 letters and digits that a phone's keyboard has on its first page. Raises InvalidRequest
    (``bad_label``, ``unknown_scope``), Forbidden (``missing_scope``) for scopes that the asking program has not got
    itself, and Conflict (``too_many_app_passwords``).
    """
    wanted = sorted(set(scopes))
    if not is_name(label, LABEL_MAX_CHARACTERS):
        raise InvalidRequest(
            f"An app password's label is one line of 1 to {LABEL_MAX_CHARACTERS} characters, with no blank at either end.",
            code="bad_label",
        )
    if not wanted or not APP_SCOPES.issuperset(wanted):
        raise InvalidRequest(
            f"An app password needs one or more of these scopes: {', '.join(sorted(APP_SCOPES))}.",
            code="unknown_scope",
        )
    if not within.issuperset(wanted):
        raise Forbidden(
            "A token cannot make an app password that may do more than itself.", code="missing_scope"
        )
    in_use = select(func.count()).where(AppPassword.user_id == user_id, AppPassword.revoked_at.is_(None))
    if (db_session.scalar(in_use) or 0) >= MOST_FOR_A_LISTENER:
        raise Conflict(
            f"There are {MOST_FOR_A_LISTENER} app passwords already: revoke one that is not used any more.",
            code="too_many_app_passwords",
        )
    secret = SECRET_PREFIX + _readable(secrets.token_bytes(_SECRET_BYTES))
    row_id = new_id()
    row = AppPassword(
        id=row_id,
        user_id=user_id,
        label=label,
        secret_encrypted=keys.encrypted(secret, row_id),
        secret_fingerprint=keys.fingerprint(secret),
        scopes=wanted,
    )
    db_session.add(row)
    db_session.flush()
    return IssuedAppPassword(row, secret)


def list_app_passwords(db_session: Session, user_id: str) -> list[AppPassword]:
    """The person's app passwords that are still good, newest first."""
    return list(
        db_session.scalars(
            select(AppPassword)
            .where(AppPassword.user_id == user_id, AppPassword.revoked_at.is_(None))
            .order_by(AppPassword.id.desc())
        )
    )


def revoke_app_password(db_session: Session, user_id: str, app_password_id: str) -> None:
    """It is good for nothing from now on. Raises NotFound (``unknown_app_password``)."""
    row = db_session.scalar(
        select(AppPassword).where(
            AppPassword.id == app_password_id,
            AppPassword.user_id == user_id,
            AppPassword.revoked_at.is_(None),
        )
    )
    if row is None:
        raise NotFound("There is no such app password.", code="unknown_app_password")
    row.revoked_at = utc_now()
    # What nobody may use any more need not be readable.
    row.secret_encrypted = b""


def _readable(random: bytes) -> str:
    return base64.b32encode(random).decode().rstrip("=").lower()
