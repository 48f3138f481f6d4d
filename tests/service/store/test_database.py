import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.errors import CorruptArtifact, InvalidRequest, NotPrepared, StorageFull
from service.settings import Settings, load_settings
from service.store.database import Database, open_database
from service.store.tables import User


def _names(database: Database) -> list[str]:
    with database.session(read_only=True) as db_session:
        return list(db_session.scalars(select(User.name).order_by(User.id)))


def test_a_session_commits_at_its_end(database: Database) -> None:
    with database.session() as db_session:
        db_session.add(User(name="ann"))

    assert _names(database) == ["ann"]


def test_a_session_that_fails_leaves_nothing(database: Database) -> None:
    def add_and_fail() -> None:
        with database.session() as db_session:
            db_session.add(User(name="ann"))
            db_session.flush()
            raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        add_and_fail()

    assert _names(database) == []


def test_a_second_session_inside_the_first_is_refused_at_once(database: Database) -> None:
    with database.session(), pytest.raises(RuntimeError, match="pass that one on"), database.session():
        pass

    with database.session() as db_session:
        db_session.add(User(name="ann"))
    assert _names(database) == ["ann"]


def test_one_may_read_while_another_writes(database: Database) -> None:
    with database.session() as writing:
        writing.add(User(name="ann"))
        writing.flush()
        assert _names(database) == []

    assert _names(database) == ["ann"]


def test_a_session_for_reading_cannot_write_and_does_not_stop_the_next_from_writing(
    database: Database,
) -> None:
    with pytest.raises((InvalidRequest, DBAPIError)), database.session(read_only=True) as db_session:
        db_session.execute(insert(User).values(name="ann"))
    assert _names(database) == []

    with database.session() as db_session:
        db_session.add(User(name="ben"))
    assert _names(database) == ["ben"]


def test_writers_wait_for_one_another(database: Database) -> None:
    def add_ten(writer: int) -> None:
        for number in range(10):
            with database.session() as db_session:
                # Reading first is what makes a deferred SQLite transaction fail when it comes to write.
                db_session.scalar(select(func.count()).select_from(User))
                db_session.add(User(name=f"{writer}-{number}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add_ten, range(4)))

    assert len(_names(database)) == 40


def test_a_new_store_opened_by_several_at_once_opens_for_all(new_store_settings: Settings) -> None:
    together = threading.Barrier(4)

    def open_and_add(number: int) -> None:
        together.wait()
        database = open_database(new_store_settings)
        with database.session() as db_session:
            db_session.add(User(name=str(number)))
        database.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(open_and_add, range(4)))

    database = open_database(new_store_settings)
    assert sorted(_names(database)) == ["0", "1", "2", "3"]
    database.close()


def test_sqlite_keeps_what_was_committed_through_a_power_cut(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    with database.session() as db_session:
        pragmas = {
            name: db_session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_data_folder_is_closed_to_others(sqlite_settings: Settings) -> None:
    open_database(sqlite_settings).close()

    assert sqlite_settings.data_dir.stat().st_mode & 0o077 == 0


def test_a_data_folder_with_spaces_percents_and_question_marks_works(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "50% of it? yes & no #1")
    open_database(settings).close()

    assert settings.database_file.is_file()


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    for data_dir in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(InvalidRequest, match="is not a folder") as caught:
            open_database(load_settings(data_dir=data_dir))

        assert caught.value.code == "data_dir_not_a_folder"


@contextmanager
def _as_somebody_without_rights() -> Iterator[None]:
    """Root may write everywhere, so root becomes nobody for a while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_data_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with _as_somebody_without_rights(), pytest.raises(InvalidRequest, match="cannot be written to") as caught:
        open_database(load_settings(data_dir=tmp_path))
    tmp_path.chmod(0o755)

    assert caught.value.code == "data_dir_read_only"


@pytest.mark.parametrize(
    "content", [b"this is no database at all" * 400, b"SQLite format 3\x00" + bytes(8000)]
)
def test_a_file_that_is_no_store_is_refused_and_left_alone(sqlite_settings: Settings, content: bytes) -> None:
    sqlite_settings.data_dir.mkdir()
    sqlite_settings.database_file.write_bytes(content)

    with pytest.raises(CorruptArtifact) as caught:
        open_database(sqlite_settings)

    assert caught.value.code == "corrupt_store"
    assert sqlite_settings.database_file.read_bytes() == content


def test_a_damaged_page_is_said_to_be_damage(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    with database.session() as db_session:
        db_session.add_all(User(name=f"listener {number}") for number in range(500))
    database.close()
    with sqlite3.connect(sqlite_settings.database_file) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'user_account'"
        ).fetchone()
    connection.close()
    with sqlite_settings.database_file.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xee" * 4096)

    database = open_database(sqlite_settings)
    with pytest.raises(CorruptArtifact, match="damaged"):
        _names(database)
    database.close()


def test_a_full_disk_is_storage_full_and_loses_nothing(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    with database.session() as db_session:
        db_session.add(User(name="ann"))
        pages = db_session.execute(text("PRAGMA page_count")).scalar_one()

    def fill() -> None:
        with database.session() as db_session:
            # SQLite's own limit fails in the same way as a disk without room.
            db_session.execute(text(f"PRAGMA max_page_count = {pages}"))
            db_session.add_all(User(name=f"listener {number}") for number in range(5000))

    with pytest.raises(StorageFull):
        fill()
    database.close()

    database = open_database(sqlite_settings)
    assert _names(database) == ["ann"]
    database.close()


def test_an_error_of_sqlite_does_not_tell_what_was_to_be_stored(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    with pytest.raises(IntegrityError) as caught, database.session() as db_session:
        db_session.execute(insert(User).values(name="private name", composed_policy="perhaps"))
    database.close()

    assert "private name" not in str(caught.value)


def test_a_server_that_is_not_there_is_said_to_be_unreachable(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="install the extra `postgres`")
    settings = load_settings(data_dir=tmp_path, database_url=f"postgresql:///homespun?host={tmp_path}")

    with pytest.raises(NotPrepared) as caught:
        open_database(settings)

    assert caught.value.code == "database_unreachable"
