from datetime import timedelta

import pytest
from sqlalchemy import select

from service.accounts.login_sessions import OpenedSession, list_sessions, open_session, revoke_session
from service.accounts.people import add_user, find_user, find_user_or_none, set_password
from service.accounts.viewers import viewer_by_session
from service.errors import NotFound, Unauthenticated
from service.settings import Settings
from service.store.database import Database
from service.store.tables import LoginSession
from service.store.tables.base import utc_now


def _open(database: Database, settings: Settings, name: str = "ada") -> OpenedSession:
    """A new session of this listener's, who is made when there is none."""
    with database.session() as db_session:
        user = find_user_or_none(db_session, name) or add_user(db_session, name)
        return open_session(db_session, settings, user.id)


def _is_good(database: Database, secret: str) -> bool:
    with database.reading() as connection:
        try:
            viewer_by_session(connection, secret)
        except Unauthenticated:
            return False
    return True


def test_the_store_holds_nothing_to_sign_in_with(database: Database, store_settings: Settings) -> None:
    secret = _open(database, store_settings).secret

    with database.session(read_only=True) as db_session:
        row = db_session.scalars(select(LoginSession)).one()
    assert len(secret) >= 43  # 256 bits in base 64
    assert secret not in repr(vars(row))
    assert not _is_good(database, row.token_sha256)


def test_a_session_ends_when_it_was_not_used_for_long(database: Database, store_settings: Settings) -> None:
    secret = _open(database, store_settings).secret
    with database.session() as db_session:
        row = db_session.scalars(select(LoginSession)).one()
        assert timedelta(days=29) < row.expires_at - utc_now() <= timedelta(days=30)
        assert _is_good(database, secret)
        row.expires_at = utc_now()

    assert not _is_good(database, secret)


def test_one_session_is_revoked_and_the_others_go_on(database: Database, store_settings: Settings) -> None:
    first, second = _open(database, store_settings), _open(database, store_settings)
    with database.session() as db_session:
        revoke_session(db_session, first.row.user_id, first.row.id)

    assert not _is_good(database, first.secret)
    assert _is_good(database, second.secret)
    with database.session(read_only=True) as db_session:
        assert [row.id for row in list_sessions(db_session, second.row.user_id)] == [second.row.id]


def test_another_persons_session_is_not_there(database: Database, store_settings: Settings) -> None:
    opened = _open(database, store_settings)
    bea_id = _open(database, store_settings, "bea").row.user_id
    with pytest.raises(NotFound) as refusal, database.session() as db_session:
        revoke_session(db_session, bea_id, opened.row.id)

    assert refusal.value.code == "unknown_session"
    assert _is_good(database, opened.secret)


def test_a_new_password_signs_all_other_browsers_out(database: Database, store_settings: Settings) -> None:
    mine, other = _open(database, store_settings), _open(database, store_settings)
    beas = _open(database, store_settings, "bea")
    with database.session() as db_session:
        ada = find_user(db_session, "ada")
        set_password(db_session, ada, "correct horse", but_session_id=mine.row.id)

    assert _is_good(database, mine.secret)
    assert not _is_good(database, other.secret)
    assert _is_good(database, beas.secret)


def test_signing_in_forgets_the_sessions_that_are_over(database: Database, store_settings: Settings) -> None:
    for spoil in ({"expires_at": utc_now()}, {"revoked_at": utc_now()}, {}):
        opened = _open(database, store_settings)
        with database.session() as db_session:
            for name, value in spoil.items():
                setattr(db_session.get_one(LoginSession, opened.row.id), name, value)
    last = _open(database, store_settings)

    with database.session(read_only=True) as db_session:
        kept = set(db_session.scalars(select(LoginSession.id)))
    assert kept == {opened.row.id, last.row.id}


def test_what_a_browser_calls_itself_is_kept_short_and_printable(
    database: Database, store_settings: Settings
) -> None:
    with database.session() as db_session:
        user = add_user(db_session, "ada")
        row, _ = open_session(db_session, store_settings, user.id, "x\n\x1b[2J" + "y" * 500)

    assert row.user_agent.startswith("x[2Jy")
    assert len(row.user_agent) == 200
