"""Apps that show an app password, in one of the ways that their protocols have."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from service.accounts.app_password_keys import AppPasswordKeys
from service.accounts.login_throttle import count_attempt, refuse_if_throttled
from service.accounts.people import is_user_name
from service.accounts.scopes import scopes_of
from service.accounts.viewers import PERSON_COLUMNS, Viewer
from service.errors import Unauthenticated
from service.store.database import Database
from service.store.tables import AppPassword, User
from service.store.tables.base import utc_now

Proof = Callable[[str], bool]
"""Whether what an app showed proves that it knows this app password. Takes the same time for right and wrong ones."""

# What is compared where a name has no app passwords, or is nobody's.
_NOBODYS_PASSWORD = "hsa_" + "a" * 26

_APP_PASSWORDS = (
    select(
        *PERSON_COLUMNS,
        AppPassword.id.label("app_password_id"),
        AppPassword.last_used_at,
        AppPassword.scopes,
        AppPassword.secret_encrypted,
    )
    .join(User, User.id == AppPassword.user_id)
    .where(User.disabled_at.is_(None))
)
_BY_FINGERPRINT = _APP_PASSWORDS.where(
    AppPassword.secret_fingerprint == bindparam("fingerprint"), AppPassword.revoked_at.is_(None)
)
_BY_ID = _APP_PASSWORDS.where(AppPassword.id == bindparam("id"), AppPassword.revoked_at.is_(None))
_BY_NAME = _APP_PASSWORDS.where(User.name == bindparam("name"), AppPassword.revoked_at.is_(None))


def shown_plainly(password: str) -> Proof:
    """The app sent the password itself."""
    return lambda secret: _equal(secret, password)


def shown_salted(token: str, salt: str) -> Proof:
    """The app sent a salt of its own and, in hexadecimal digits, md5(password + salt), as Subsonic 1.13 has it."""
    return lambda secret: _equal(md5_hex(secret + salt), token.lower())


def shown_hashed_with(token: str, *, before: str = "", after: str = "") -> Proof:
    """The app sent, in hexadecimal digits, md5(before + md5(password) + after), as scrobblers do."""
    return lambda secret: _equal(md5_hex(before + md5_hex(secret) + after), token.lower())


def md5_hex(text: str) -> str:
    """Some protocols show passwords by MD5; with 128 random bits in them that cannot be turned round."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def sign_in_app(database: Database, keys: AppPasswordKeys, name: str, proof: Proof, address: str) -> Viewer:
    """Whose app this is, which says a name and proves to know one of that person's app passwords.

    Raises Unauthenticated (``wrong_app_password``), in the same words and after the same time for unknown names, and
    TooManyRequests (``too_many_attempts``) where wrong ones came too often. A right one is let in at any time: 128
    random bits are not guessed, and an app that was forgotten in a drawer must not lock its listener's others out.
    """
    with database.reading() as connection:
        viewer = _viewer_by_proof(connection, keys, name, proof)
    return viewer if viewer is not None else _refuse(database, name, address)


def sign_in_by_key(database: Database, keys: AppPasswordKeys, secret: str, address: str) -> Viewer:
    """Whose app this is, which shows the app password and no name. Raises as `sign_in_app` does."""
    with database.reading() as connection:
        row = connection.execute(_BY_FINGERPRINT, {"fingerprint": keys.fingerprint(secret)}).first()
    return _viewer(row) if row is not None else _refuse(database, "", address)


def known_app(database: Database, keys: AppPasswordKeys, app_password_id: str) -> tuple[Viewer, str] | None:
    """Whose app this is, of which it is known already that it has this app password; and the password.

    None where it was revoked, or cannot be read any more.
    """
    with database.reading() as connection:
        row = connection.execute(_BY_ID, {"id": app_password_id}).first()
    secret = None if row is None else keys.decrypted(row.secret_encrypted, app_password_id)
    return None if row is None or secret is None else (_viewer(row), secret)


def _viewer_by_proof(connection: Connection, keys: AppPasswordKeys, name: str, proof: Proof) -> Viewer | None:
    rows = connection.execute(_BY_NAME, {"name": name}).all() if is_user_name(name) else []
    found = None
    for row in rows:
        secret = keys.decrypted(row.secret_encrypted, row.app_password_id)
        # One that cannot be read any more is as wrong as any other.
        if proof(secret or _NOBODYS_PASSWORD) and secret is not None:
            found = row
    if not rows:
        proof(_NOBODYS_PASSWORD)
    return None if found is None else _viewer(found)


def _viewer(row: Row[*tuple[Any, ...]]) -> Viewer:
    user_id, name, is_owner, list_revision, composed_policy, app_password_id, used_at, scopes, _ = row
    allowed = scopes_of(is_owner=is_owner).intersection(scopes)
    return Viewer(
        user_id,
        name,
        is_owner,
        list_revision,
        composed_policy,
        allowed,
        session_id=None,
        token_id=None,
        used_at=used_at,
        app_password_id=app_password_id,
    )


def _refuse(database: Database, name: str, address: str) -> Viewer:
    now = utc_now()
    # Looked at first without the only write lock, which whoever keeps asking would otherwise hold.
    with database.session(read_only=True) as db_session:
        refuse_if_throttled(db_session, name, address, now, door="app")
    with database.session() as db_session:
        count_attempt(db_session, name, address, now, door="app")
    raise Unauthenticated(
        "Name or app password is wrong. Apps have passwords of their own: make one in Homespun and type it there.",
        code="wrong_app_password",
    )


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
