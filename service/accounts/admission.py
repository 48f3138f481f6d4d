"""Who may come in: passwords that owners hand out, and turning somebody away for a time."""

import secrets

from sqlalchemy.orm import Session

from service.accounts.login_sessions import revoke_sessions
from service.accounts.people import add_user, set_password
from service.errors import Conflict, NotFound
from service.store.tables import User, utc_now

# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_CHARACTERS = 4, 4


def invite(db_session: Session, name: str) -> tuple[User, str]:
    """A new listener and their first password, which is told this once. Raises as `add_user` does."""
    user = add_user(db_session, name)
    return user, new_password_for(db_session, user)


def new_password_for(db_session: Session, user: User) -> str:
    """A password in place of the one the listener had, told this once; their browsers are signed out.

    They choose their own when they sign in.
    """
    password = "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS)
    )
    set_password(db_session, user, password, is_given=True)
    return password


def find_person(db_session: Session, user_id: str) -> User:
    """The person of this id. Raises NotFound (``no_such_listener``)."""
    user = db_session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such listener.", code="no_such_listener")
    return user


def turn_away(db_session: Session, user: User, *, by_id: str) -> None:
    """From now on nobody gets in as this listener, by browser, token or app; what is theirs stays.

    Raises Conflict (``own_account``): whoever does it stays in.
    """
    if user.id == by_id:
        raise Conflict("You cannot turn yourself away.", code="own_account")
    if user.disabled_at is None:
        user.disabled_at = utc_now()
        revoke_sessions(db_session, user.id)
        db_session.flush()


def let_in(db_session: Session, user: User) -> None:
    """The listener may come in again, with the password, the tokens and the apps they had."""
    user.disabled_at = None
    db_session.flush()
