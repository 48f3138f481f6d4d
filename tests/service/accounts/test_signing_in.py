from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from service.accounts.login_throttle import FAILURES_PER_PAIR, WINDOW
from service.accounts.passwords import is_outdated
from service.accounts.people import add_user, find_user, set_password
from service.accounts.signing_in import Browser, sign_in
from service.accounts.viewers import viewer_by_session
from service.errors import TooManyRequests, Unauthenticated
from service.settings import Settings
from service.store.database import Database
from service.store.tables import LoginFailure, LoginSession

PASSWORD = "correct horse"
HOME = Browser("192.0.2.1", "a browser")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _people(database: Database) -> None:
    with database.session() as db_session:
        set_password(db_session, add_user(db_session, "ada"), PASSWORD)
        add_user(db_session, "without a password")


def _count(database: Database, table: type[LoginFailure] | type[LoginSession]) -> int:
    with database.session(read_only=True) as db_session:
        return db_session.scalar(select(func.count()).select_from(table)) or 0


def test_the_right_password_opens_a_session(database: Database, store_settings: Settings) -> None:
    row, secret = sign_in(database, store_settings, "ada", PASSWORD, HOME)

    with database.reading() as connection:
        who = viewer_by_session(connection, secret)
    assert (who.name, who.session_id) == ("ada", row.id)
    assert row.user_agent == "a browser"


@pytest.mark.parametrize(
    "name", ["ada", "Ada", "nobody", "without a password", "", "ada%", "a\0da", "\ud800", "x" * 500]
)
@pytest.mark.parametrize("password", ["", "wrong password", " correct horse"])
def test_whatever_is_wrong_is_told_alike_and_counted(
    database: Database, store_settings: Settings, name: str, password: str
) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        sign_in(database, store_settings, name, password, HOME)

    assert (refusal.value.code, str(refusal.value)) == ("wrong_password", "Name or password is wrong.")
    assert _count(database, LoginFailure) == 1
    assert _count(database, LoginSession) == 0


@pytest.mark.parametrize("name", ["nobody", "without a password", "ADA"])
def test_the_right_password_is_no_use_with_another_name(
    database: Database, store_settings: Settings, name: str
) -> None:
    with pytest.raises(Unauthenticated):
        sign_in(database, store_settings, name, PASSWORD, HOME)


def test_after_too_many_wrong_passwords_the_right_one_has_to_wait(
    database: Database, store_settings: Settings
) -> None:
    for _ in range(FAILURES_PER_PAIR):
        with pytest.raises(Unauthenticated):
            sign_in(database, store_settings, "ada", "wrong password", HOME, now=NOON)

    with pytest.raises(TooManyRequests):
        sign_in(database, store_settings, "ada", PASSWORD, HOME, now=NOON)
    sign_in(database, store_settings, "ada", PASSWORD, Browser("198.51.100.7"), now=NOON)
    sign_in(database, store_settings, "ada", PASSWORD, HOME, now=NOON + WINDOW + timedelta(seconds=1))


def test_the_right_password_clears_the_count(database: Database, store_settings: Settings) -> None:
    for _ in range(3):
        for _ in range(FAILURES_PER_PAIR - 1):
            with pytest.raises(Unauthenticated):
                sign_in(database, store_settings, "ada", "wrong password", HOME, now=NOON)
        sign_in(database, store_settings, "ada", PASSWORD, HOME, now=NOON)

    assert _count(database, LoginFailure) == 0


def test_a_password_that_was_hashed_more_cheaply_is_hashed_again(
    database: Database, store_settings: Settings
) -> None:
    with database.session() as db_session:
        user = find_user(db_session, "ada")
        user.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

    sign_in(database, store_settings, "ada", PASSWORD, HOME)

    with database.session(read_only=True) as db_session:
        assert not is_outdated(find_user(db_session, "ada").password_hash or "")
    sign_in(database, store_settings, "ada", PASSWORD, HOME)
