import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.accounts.api_tokens import issue
from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.app_passwords import issue_app_password
from service.accounts.app_sign_in import sign_in_by_key
from service.accounts.last_used import LastUsed
from service.accounts.people import add_user
from service.accounts.viewers import Viewer, viewer_by_token
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ApiToken, AppPassword
from service.store.tables.base import utc_now


@pytest.fixture
def secret(database: Database) -> str:
    with database.session() as db_session:
        return issue(db_session, add_user(db_session, "ada").id, "radio", ["stream"]).secret


@pytest.fixture
def last_used(database: Database, store_settings: Settings) -> Iterator[LastUsed]:
    last_used = LastUsed(database, store_settings)
    yield last_used
    last_used.close()


def _viewer(database: Database, secret: str) -> Viewer:
    with database.reading() as connection:
        return viewer_by_token(connection, secret)


def _used_at(database: Database) -> object:
    with database.session(read_only=True) as db_session:
        return db_session.scalars(select(ApiToken.last_used_at)).one()


def test_a_use_is_noted_without_a_write_and_written_later(
    database: Database, secret: str, last_used: LastUsed
) -> None:
    # Whoever writes in the meantime is not waited for.
    with database.session():
        assert last_used.note(_viewer(database, secret))
    assert _used_at(database) is None

    last_used.write()

    assert _used_at(database) is not None


def test_within_a_minute_a_use_is_no_news(database: Database, secret: str, last_used: LastUsed) -> None:
    last_used.note(_viewer(database, secret))
    last_used.write()
    before = _used_at(database)

    assert not last_used.note(_viewer(database, secret))
    last_used.write()

    assert _used_at(database) == before


def test_after_a_minute_it_is_news_again(database: Database, secret: str, last_used: LastUsed) -> None:
    with database.session() as db_session:
        db_session.scalars(select(ApiToken)).one().last_used_at = utc_now() - timedelta(seconds=61)

    assert last_used.note(_viewer(database, secret))


def test_what_is_left_is_written_at_the_end_and_the_thread_ends(
    database: Database, store_settings: Settings, secret: str
) -> None:
    others = set(threading.enumerate())
    last_used = LastUsed(database, store_settings)
    last_used.note(_viewer(database, secret))

    last_used.close()

    assert _used_at(database) is not None
    assert set(threading.enumerate()) <= others


def test_a_use_of_an_app_password_is_written_too(
    database: Database, store_settings: Settings, last_used: LastUsed
) -> None:
    keys = load_app_password_keys(store_settings)
    with database.session() as db_session:
        row, secret = issue_app_password(db_session, keys, add_user(db_session, "ada").id, "phone")

    assert last_used.note(sign_in_by_key(database, keys, secret, ""))
    last_used.write()

    with database.session(read_only=True) as db_session:
        assert db_session.get_one(AppPassword, row.id).last_used_at is not None
