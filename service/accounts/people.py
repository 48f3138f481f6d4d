"""The people of the house."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.login_sessions import revoke_sessions
from service.accounts.passwords import hash_password
from service.errors import Conflict, InvalidRequest, NotFound
from service.store.tables import User

_NAME_MAX_CHARACTERS = 64
# Control characters, lone surrogates (bytes that were no text), line and paragraph separators.
_REFUSED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
# Characters that turn the reading direction around can make one name look like another.
_DIRECTION_CHANGES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def add_user(db_session: Session, name: str) -> User:
    """Add a person; the first one owns the house.

    Names have 1 to 64 characters, none of them a control character, and no space at either end. Raises
    InvalidRequest (``bad_name``) or Conflict (``name_taken``).
    """
    if not is_user_name(name):
        raise InvalidRequest(
            f"A name has 1 to {_NAME_MAX_CHARACTERS} characters, no control characters, and no space at either end.",
            code="bad_name",
        )
    if db_session.scalar(select(User).where(User.name == name)) is not None:
        raise Conflict(f"There is already a listener called {name}.", code="name_taken")
    is_first = db_session.scalar(select(User.id).limit(1)) is None
    user = User(name=name, is_owner=is_first)
    db_session.add(user)
    db_session.flush()
    return user


def find_user(db_session: Session, name: str) -> User:
    """The person of exactly this name. Raises NotFound (``no_such_listener``)."""
    user = find_user_or_none(db_session, name)
    if user is None:
        shown = name.encode("utf-8", "replace").decode()[:_NAME_MAX_CHARACTERS]
        raise NotFound(f"There is no listener called {shown!r}.", code="no_such_listener")
    return user


def find_user_or_none(db_session: Session, name: str) -> User | None:
    """The person of exactly this name, or None."""
    return db_session.scalar(select(User).where(User.name == name)) if is_user_name(name) else None


def set_password(
    db_session: Session,
    user: User,
    password: str,
    *,
    is_given: bool = False,
    but_session_id: str | None = None,
) -> None:
    """The person's password from now on; browsers are signed out, but for the session of this id.

    One that ``is_given`` by somebody else has to be changed before anything else can be done by a browser. Raises
    InvalidRequest (``bad_password``).
    """
    user.password_hash = hash_password(password, name=user.name)
    user.password_is_given = is_given
    revoke_sessions(db_session, user.id, but=but_session_id)


def is_user_name(name: str) -> bool:
    """Whether a person may be called so. What is no name cannot be asked for either: some of it no database takes."""
    return (
        1 <= len(name) <= _NAME_MAX_CHARACTERS
        and name == name.strip()
        and not any(unicodedata.category(c) in _REFUSED_CATEGORIES or c in _DIRECTION_CHANGES for c in name)
    )
