"""The first run: a one-time code, readable by the account the service runs as, makes the owner's account."""

import hmac
import secrets
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from service.accounts.login_throttle import count_attempt, forget_failures
from service.accounts.passwords import hash_password
from service.accounts.people import add_user
from service.accounts.private_files import make_private_file
from service.errors import Conflict, Forbidden
from service.library.folders import add_folder
from service.operations.job_queue import enqueue
from service.operations.job_requests import scan_library
from service.settings import Settings
from service.store.database import Database
from service.store.tables import User
from service.store.tables.base import utc_now

# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 3
_GROUP_CHARACTERS = 4
# What wrong codes are counted under; no listener can be called so.
_THROTTLED_AS = "\0setup code"


def ensure_setup_code(settings: Settings, db_session: Session) -> str | None:
    """The code in force: made when there is none, gone (None) once an owner has a password."""
    if is_set_up(db_session):
        _file(settings).unlink(missing_ok=True)
        return None
    make_private_file(_file(settings), _new_code().encode())
    return read_setup_code(settings)


def read_setup_code(settings: Settings) -> str | None:
    """The code in force, or None when there is none."""
    try:
        return _file(settings).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def is_set_up(db_session: Session) -> bool:
    """Whether an owner has a password."""
    return bool(db_session.scalar(select(exists().where(User.is_owner, User.password_hash.is_not(None)))))


def use_setup_code(
    database: Database,
    settings: Settings,
    *,
    code: str,
    name: str,
    password: str,
    music_folder: str | None,
    address: str,
) -> User:
    """Make the owner's account, and have the folder of music scanned, in exchange for the code, which is void afterwards.

    An owner without a password, whom a command made, is given this one. Opens its own transactions, so that wrong
    codes stay counted. Raises Forbidden (``bad_setup_code``), Conflict (``already_set_up``), TooManyRequests
    (``too_many_attempts``), InvalidRequest (``bad_name``, ``bad_password``) and NotFound (``no_such_folder``).
    """
    with database.session() as db_session:
        count_attempt(db_session, _THROTTLED_AS, address, utc_now())
    in_force = read_setup_code(settings)
    if not _is_code(code, in_force):
        raise Forbidden("This is not the code.", code="bad_setup_code")
    password_hash = hash_password(password, name=name)
    with database.session() as db_session:
        if is_set_up(db_session):
            raise Conflict("The house has an owner already.", code="already_set_up")
        user = _owner(db_session, name)
        user.password_hash = password_hash
        if music_folder is not None:
            enqueue(db_session, scan_library(add_folder(db_session, music_folder).path))
        forget_failures(db_session, _THROTTLED_AS, address)
    _file(settings).unlink(missing_ok=True)
    return user


def _owner(db_session: Session, name: str) -> User:
    """The owner without a password of this name, or a new owner."""
    user = db_session.scalar(select(User).where(User.name == name, User.is_owner))
    if user is None:
        user = add_user(db_session, name)
        user.is_owner = True
        db_session.flush()
    return user


def _is_code(code: str, in_force: str | None) -> bool:
    typed = "".join(filter(str.isalnum, code)).lower().encode("utf-8", "surrogatepass")
    wanted = (in_force or _new_code()).replace("-", "").encode()
    return hmac.compare_digest(typed, wanted) and in_force is not None


def _new_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _file(settings: Settings) -> Path:
    return settings.data_dir / "setup-code"
