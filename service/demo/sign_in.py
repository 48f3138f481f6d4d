"""The demo's two accounts, and the passwords by which a visitor signs in."""

import json
import secrets

from service.accounts.people import add_user, find_user_or_none, set_password
from service.accounts.private_files import make_private_file
from service.demo.folder import passwords_file
from service.demo.listeners import LISTENERS
from service.settings import Settings
from service.store.database import Database

# 72 bits.
_PASSWORD_BYTES = 9


def prepare_listeners(database: Database, settings: Settings) -> dict[str, str]:
    """Make the accounts that are not there, the first of which owns the house; returns name -> password.

    The passwords are drawn once and kept in a file that only this account may read. One that was changed in the
    service stays changed.
    """
    path = passwords_file(settings)
    if not path.exists():
        drawn = {listener.name: secrets.token_urlsafe(_PASSWORD_BYTES) for listener in LISTENERS}
        make_private_file(path, json.dumps(drawn, indent=1).encode())
    passwords: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    with database.session() as db_session:
        for name, password in passwords.items():
            user = find_user_or_none(db_session, name) or add_user(db_session, name)
            if user.password_hash is None:
                set_password(db_session, user, password)
    return passwords
