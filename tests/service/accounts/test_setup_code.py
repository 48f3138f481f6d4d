from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from service.accounts.login_throttle import FAILURES_PER_PAIR
from service.accounts.people import add_user, find_user, set_password
from service.accounts.setup_code import ensure_setup_code, is_set_up, read_setup_code, use_setup_code
from service.accounts.signing_in import Browser, sign_in
from service.errors import Conflict, Forbidden, HomespunError, InvalidRequest, NotFound, TooManyRequests
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Job, LibraryFolder, User

PASSWORD, HOME = "correct horse", "192.0.2.1"


@pytest.fixture
def code(database: Database, store_settings: Settings) -> str:
    with database.session(read_only=True) as db_session:
        code = ensure_setup_code(store_settings, db_session)
    assert code is not None
    return code


def _set_up(database: Database, settings: Settings, code: str, **other: Any) -> User:
    told = {"name": "ada", "password": PASSWORD, "music_folder": None, "address": HOME} | other
    return use_setup_code(database, settings, code=code, **told)


def _people(database: Database) -> int:
    with database.session(read_only=True) as db_session:
        return db_session.scalar(select(func.count()).select_from(User)) or 0


def test_the_code_is_made_once_and_nobody_else_may_read_it(
    database: Database, store_settings: Settings, code: str
) -> None:
    with database.session(read_only=True) as db_session:
        assert ensure_setup_code(store_settings, db_session) == code
    assert read_setup_code(store_settings) == code
    assert (store_settings.data_dir / "setup-code").stat().st_mode & 0o777 == 0o600


def test_the_code_makes_the_owner_who_can_sign_in_then_and_have_their_music_read(
    database: Database, store_settings: Settings, code: str, tmp_path: Path
) -> None:
    user = _set_up(database, store_settings, code, music_folder=str(tmp_path))

    assert user.is_owner
    sign_in(database, store_settings, "ada", PASSWORD, Browser(HOME))
    with database.session(read_only=True) as db_session:
        assert db_session.scalars(select(LibraryFolder.path)).one() == bytes(tmp_path.resolve())
        assert db_session.scalars(select(Job.kind)).one() == "scan_library"


def test_the_code_is_void_afterwards(database: Database, store_settings: Settings, code: str) -> None:
    _set_up(database, store_settings, code)

    assert read_setup_code(store_settings) is None
    with pytest.raises(Forbidden):
        _set_up(database, store_settings, code, name="eve")
    with database.session(read_only=True) as db_session:
        assert ensure_setup_code(store_settings, db_session) is None
    assert _people(database) == 1


def test_a_code_that_was_left_behind_is_of_no_use(
    database: Database, store_settings: Settings, code: str
) -> None:
    with database.session() as db_session:
        set_password(db_session, add_user(db_session, "ada"), PASSWORD)

    with pytest.raises(Conflict):
        _set_up(database, store_settings, code, name="eve")
    with database.session(read_only=True) as db_session:
        ensure_setup_code(store_settings, db_session)
    assert read_setup_code(store_settings) is None


@pytest.mark.parametrize("typed", [str.upper, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_code_may_be_typed_as_people_do(
    database: Database, store_settings: Settings, code: str, typed: Any
) -> None:
    assert _set_up(database, store_settings, typed(code)).is_owner


@pytest.mark.parametrize("wrong", ["", "-", "aaaa-aaaa-aaaa", "\0", "\ud800", "x" * 10_000])
def test_a_wrong_code_makes_nobody(
    database: Database, store_settings: Settings, code: str, wrong: str
) -> None:
    with pytest.raises(Forbidden) as refusal:
        _set_up(database, store_settings, wrong)

    assert refusal.value.code == "bad_setup_code"
    assert _people(database) == 0
    assert read_setup_code(store_settings) == code


def test_without_a_code_in_force_none_is_right(database: Database, store_settings: Settings) -> None:
    with pytest.raises(Forbidden):
        _set_up(database, store_settings, "")


def test_codes_cannot_be_tried_for_ever(database: Database, store_settings: Settings, code: str) -> None:
    for _ in range(FAILURES_PER_PAIR):
        with pytest.raises(Forbidden):
            _set_up(database, store_settings, "aaaa-aaaa-aaaa")

    with pytest.raises(TooManyRequests):
        _set_up(database, store_settings, code)
    assert _set_up(database, store_settings, code, address="198.51.100.7").is_owner


@pytest.mark.parametrize(
    ("told", "refused_as"),
    [
        ({"password": "short"}, "bad_password"),
        ({"name": " ada"}, "bad_name"),
        ({"music_folder": "music"}, "no_such_folder"),
        ({"music_folder": "/no/such/folder"}, "no_such_folder"),
        ({"music_folder": "/etc/passwd"}, "no_such_folder"),
        ({"music_folder": "/mu\0sic"}, "no_such_folder"),
        ({"music_folder": "~nobody-here/music"}, "no_such_folder"),
    ],
)
def test_what_cannot_be_used_leaves_the_code_good(
    database: Database, store_settings: Settings, code: str, told: dict[str, str], refused_as: str
) -> None:
    with pytest.raises((InvalidRequest, NotFound)) as refusal:
        _set_up(database, store_settings, code, **told)

    assert refusal.value.code == refused_as
    assert _people(database) == 0
    assert _set_up(database, store_settings, code).is_owner


def test_an_owner_whom_a_command_made_is_given_a_password(
    database: Database, store_settings: Settings, code: str
) -> None:
    with database.session() as db_session:
        owner = add_user(db_session, "ada")
        add_user(db_session, "bea")
        assert not is_set_up(db_session)

    assert _set_up(database, store_settings, code).id == owner.id
    with database.session(read_only=True) as db_session:
        assert find_user(db_session, "bea").password_hash is None


def test_a_listener_does_not_become_owner_that_way(
    database: Database, store_settings: Settings, code: str
) -> None:
    with database.session() as db_session:
        for name in ("ada", "bea"):
            add_user(db_session, name)

    with pytest.raises(HomespunError) as refusal:
        _set_up(database, store_settings, code, name="bea")
    assert refusal.value.code == "name_taken"
