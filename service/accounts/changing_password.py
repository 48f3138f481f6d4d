"""One's own password, changed by whoever knows the one before."""

from service.accounts.login_throttle import count_attempt, forget_failures
from service.accounts.passwords import is_password
from service.accounts.people import set_password
from service.errors import Conflict, InvalidRequest
from service.store.database import Database
from service.store.tables import User
from service.store.tables.base import utc_now


def change_password(
    database: Database, user_id: str, old: str, new: str, *, address: str, session_id: str | None
) -> None:
    """The person's password from now on; all their browsers but the one of this session are signed out.

    Wrong ones are counted like those of signing in. Raises InvalidRequest (``wrong_password``, ``same_password``,
    ``bad_password``) and TooManyRequests (``too_many_attempts``).
    """
    with database.session() as db_session:
        user = db_session.get_one(User, user_id)
        count_attempt(db_session, user.name, address, utc_now())
    if not is_password(old, user.password_hash):
        raise InvalidRequest("The password you have now is another one.", code="wrong_password")
    _check_is_another(new, user)
    with database.session() as db_session:
        forget_failures(db_session, user.name, address)
        set_password(db_session, db_session.get_one(User, user_id), new, but_session_id=session_id)


def choose_password(database: Database, user_id: str, new: str, *, session_id: str | None) -> None:
    """A password of one's own in place of the one that somebody else gave, which was shown to sign in.

    All other browsers are signed out. Raises InvalidRequest (``same_password``, ``bad_password``), and Conflict
    (``password_is_own``) for who has chosen: then the one before is asked for.
    """
    with database.session(read_only=True) as db_session:
        user = db_session.get_one(User, user_id)
    # First of all: whoever has chosen must not have guesses at their password answered here, where nobody counts them.
    _check_is_given(user)
    _check_is_another(new, user)
    with database.session() as db_session:
        user = db_session.get_one(User, user_id, with_for_update=True)
        _check_is_given(user)
        set_password(db_session, user, new, but_session_id=session_id)


def _check_is_given(user: User) -> None:
    if not user.password_is_given:
        raise Conflict("You have chosen your password already.", code="password_is_own")


def _check_is_another(new: str, user: User) -> None:
    if is_password(new, user.password_hash):
        raise InvalidRequest("This is the password you have now: choose another one.", code="same_password")
