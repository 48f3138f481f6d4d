"""Sessions of apps that show their password once and a key from then on.

A session is the id of its app password and a mark that only this house can make. Nothing of it is stored: it is good
for as long as its app password is, over restarts and in every process, and revoked with it.
"""

import hmac
from typing import NamedTuple

from service.accounts.app_password_keys import AppPasswordKeys
from service.accounts.app_sign_in import known_app
from service.accounts.viewers import Viewer
from service.errors import Unauthenticated
from service.store.database import Database

_ID_CHARACTERS = 26
# 128 bits, which nobody guesses.
_MARK_CHARACTERS = 32


class AppOfSession(NamedTuple):
    """Whose app it is, and its password, by which some protocols have every request signed."""

    viewer: Viewer
    secret: str


def session_of(keys: AppPasswordKeys, app_password_id: str) -> str:
    """The session of the app that has this app password: 58 letters and digits."""
    # No secret of an app begins like this, so that a mark is never the fingerprint of one.
    mark = keys.fingerprint(f"session of {app_password_id}")[:_MARK_CHARACTERS]
    return app_password_id.lower() + mark


def app_of_session(database: Database, keys: AppPasswordKeys, session: str) -> AppOfSession:
    """Whose session this is. Raises Unauthenticated (``app_session_over``) whatever is wrong with it."""
    app_password_id = session[:_ID_CHARACTERS].upper()
    expected = session_of(keys, app_password_id)
    is_ours = hmac.compare_digest(
        session.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )
    found = known_app(database, keys, app_password_id) if is_ours else None
    if found is None:
        raise Unauthenticated(
            "This session is over: sign in again with an app password.", code="app_session_over"
        )
    return AppOfSession(*found)
