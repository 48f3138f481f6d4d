"""Signing in with name and password."""

from datetime import datetime
from typing import NamedTuple

from service.accounts.login_sessions import OpenedSession, open_session
from service.accounts.login_throttle import count_attempt, forget_failures
from service.accounts.passwords import is_outdated, is_password, rehash
from service.accounts.people import find_user_or_none
from service.errors import Forbidden, Unauthenticated
from service.settings import Settings
from service.store.database import Database
from service.store.tables import User
from service.store.tables.base import utc_now


class Browser(NamedTuple):
    """Where somebody signs in from."""

    address: str
    user_agent: str = ""


def sign_in(
    database: Database,
    settings: Settings,
    name: str,
    password: str,
    browser: Browser,
    *,
    now: datetime | None = None,
) -> OpenedSession:
    """Open a session for whoever has this name and password.

    Opens its own transactions, because a refused attempt must stay counted, and because nobody should wait for the
    store while a password is hashed. Raises Unauthenticated (``wrong_password``), in the same words and after the
    same time for unknown names, TooManyRequests (``too_many_attempts``), and Forbidden (``account_disabled``) for who is
    turned away and knows the password.
    """
    with database.session() as db_session:
        count_attempt(db_session, name, browser.address, now or utc_now())
        user = find_user_or_none(db_session, name)
    kept_hash = user.password_hash if user is not None else None
    if not is_password(password, kept_hash) or user is None or kept_hash is None:
        raise Unauthenticated("Name or password is wrong.", code="wrong_password")
    if user.disabled_at is not None:
        raise Forbidden(
            "You are turned away at present: ask whoever looks after this house.", code="account_disabled"
        )
    new_hash = rehash(password) if is_outdated(kept_hash) else None
    with database.session() as db_session:
        forget_failures(db_session, name, browser.address)
        if new_hash is not None:
            db_session.get_one(User, user.id).password_hash = new_hash
        return open_session(db_session, settings, user.id, browser.user_agent)
