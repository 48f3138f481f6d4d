import stat

from service.accounts.passwords import is_password
from service.accounts.people import find_user, set_password
from service.demo.folder import passwords_file
from service.demo.sign_in import prepare_listeners
from service.settings import Settings
from service.store.database import open_database


def test_the_passwords_are_drawn_once_and_only_this_account_may_read_them(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    passwords = prepare_listeners(database, sqlite_settings)

    assert list(passwords) == ["evening", "morning"]
    assert len(set(passwords.values())) == 2
    assert stat.S_IMODE(passwords_file(sqlite_settings).stat().st_mode) == 0o600
    assert prepare_listeners(database, sqlite_settings) == passwords
    with database.session(read_only=True) as db_session:
        owner, guest = (find_user(db_session, name) for name in passwords)
    assert (owner.is_owner, guest.is_owner) == (True, False)
    assert is_password(passwords["evening"], owner.password_hash)
    database.close()


def test_a_password_that_was_changed_stays_changed(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    prepare_listeners(database, sqlite_settings)
    with database.session() as db_session:
        set_password(db_session, find_user(db_session, "evening"), "a password of my own")
    prepare_listeners(database, sqlite_settings)
    with database.session(read_only=True) as db_session:
        assert is_password("a password of my own", find_user(db_session, "evening").password_hash)
    database.close()
