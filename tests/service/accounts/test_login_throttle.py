from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.accounts.login_throttle import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_PAIR,
    WINDOW,
    count_attempt,
    forget_failures,
    network_of,
)
from service.errors import TooManyRequests
from service.store.database import Database
from service.store.tables import LoginFailure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME, AWAY = "192.0.2.1", "198.51.100.7"


def _attempt(database: Database, name: str = "ada", address: str = HOME, *, after: float = 0) -> None:
    with database.session() as db_session:
        count_attempt(db_session, name, address, NOON + timedelta(seconds=after))


def test_a_pair_of_name_and_address_has_five_tries_in_five_minutes(database: Database) -> None:
    for second in range(FAILURES_PER_PAIR):
        _attempt(database, after=second)

    with pytest.raises(TooManyRequests) as refusal:
        _attempt(database, after=10)

    assert refusal.value.code == "too_many_attempts"
    # The first of them is forgotten then.
    assert refusal.value.retry_after_seconds == WINDOW.total_seconds() - 10
    _attempt(database, after=WINDOW.total_seconds())


def test_who_guesses_from_elsewhere_locks_nobody_out(database: Database) -> None:
    for second in range(FAILURES_PER_PAIR):
        _attempt(database, address=AWAY, after=second)

    _attempt(database, address=HOME, after=10)


def test_an_address_has_twenty_tries_whatever_the_names(database: Database) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        _attempt(database, name=f"name {number}", after=number)

    with pytest.raises(TooManyRequests):
        _attempt(database, name="another", after=60)
    _attempt(database, name="another", address=AWAY, after=60)


def test_being_refused_does_not_count_again(database: Database) -> None:
    for second in range(FAILURES_PER_PAIR):
        _attempt(database, after=second)
    for second in range(10, 200, 10):
        with pytest.raises(TooManyRequests):
            _attempt(database, after=second)

    _attempt(database, after=WINDOW.total_seconds())


def test_the_right_password_clears_its_own_name_only(database: Database) -> None:
    for name in ("ada", "bea"):
        for second in range(FAILURES_PER_PAIR):
            _attempt(database, name, after=second)
    with database.session() as db_session:
        forget_failures(db_session, "ada", HOME)

    _attempt(database, "ada", after=10)
    with pytest.raises(TooManyRequests):
        _attempt(database, "bea", after=10)


def test_what_no_longer_counts_is_not_kept(database: Database) -> None:
    for number in range(8):
        _attempt(database, name=f"name {number}")
    _attempt(database, after=WINDOW.total_seconds() + 1)

    with database.session(read_only=True) as db_session:
        assert db_session.scalar(select(func.count()).select_from(LoginFailure)) == 1


def test_the_names_that_were_tried_are_not_kept(database: Database) -> None:
    # Passwords are typed in the wrong field.
    _attempt(database, name="my secret password")

    with database.session(read_only=True) as db_session:
        row = db_session.scalars(select(LoginFailure)).one()
    assert "secret" not in row.name_sha256 + row.address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("a" * 100, "a" * 64),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
