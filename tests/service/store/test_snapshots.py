import json
import multiprocessing
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from service.errors import NotPrepared, StoreTooNew
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.migrating import SHIPPED_SCRIPTS
from service.store.tables import Job, User

NEXT_STEP = '''"""A later version's step."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("nickname", sa.Text()))
    {afterwards}
'''


def _later_version(folder: Path, *, afterwards: str = "") -> Path:
    """The migrations of a version of the code that is one step ahead."""
    scripts = folder / "later"
    shutil.copytree(SHIPPED_SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    head = max(path.name for path in (scripts / "versions").glob("[0-9]*.py")).partition("_")[0]
    step = NEXT_STEP.format(head=head, afterwards=afterwards)
    (scripts / "versions" / "9999_nicknames.py").write_text(step)
    return scripts


@pytest.fixture
def with_rows(store_settings: Settings) -> Settings:
    """A store with two listeners and a job."""
    _add_rows(store_settings)
    return store_settings


def _add_rows(settings: Settings) -> None:
    database = open_database(settings)
    with database.session() as db_session:
        db_session.add_all([User(name="ann"), User(name="b\tn\n"), Job(kind="x", payload={"a": "b\\."})])
    database.close()


def _names(settings: Settings) -> list[str]:
    database = open_database(settings)
    with database.session(read_only=True) as db_session:
        names = list(db_session.scalars(select(User.name).order_by(User.id)))
    database.close()
    return names


def _snapshots(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.snapshots_dir.iterdir() if path.suffix != ".json")


def test_a_store_with_rows_is_copied_before_it_is_migrated(with_rows: Settings, tmp_path: Path) -> None:
    database = open_database(with_rows, scripts=_later_version(tmp_path))
    with database.session() as db_session:
        assert db_session.execute(text("SELECT nickname FROM user_account")).all() == [(None,), (None,)]
    database.close()

    (snapshot,) = _snapshots(with_rows)
    ledger = json.loads(snapshot.with_suffix(".json").read_text())
    assert ledger["user_account"] == 2
    assert ledger["job"] == 1
    assert ledger["track"] == 0
    assert snapshot.stat().st_mode & 0o077 == 0


def test_an_sqlite_snapshot_is_a_store_one_can_go_back_to(sqlite_settings: Settings, tmp_path: Path) -> None:
    database = open_database(sqlite_settings)
    with database.session() as db_session:
        db_session.add(User(name="ann"))
    database.close()
    open_database(sqlite_settings, scripts=_later_version(tmp_path)).close()

    (snapshot,) = _snapshots(sqlite_settings)
    for file in sqlite_settings.data_dir.glob("homespun.sqlite3*"):
        file.unlink()
    shutil.copy(snapshot, sqlite_settings.database_file)

    assert _names(sqlite_settings) == ["ann"]


def test_an_empty_store_is_migrated_without_a_copy(store_settings: Settings, tmp_path: Path) -> None:
    open_database(store_settings).close()
    open_database(store_settings, scripts=_later_version(tmp_path)).close()

    assert _snapshots(store_settings) == []


def test_a_store_that_is_up_to_date_is_opened_without_a_copy(with_rows: Settings) -> None:
    open_database(with_rows).close()

    assert _snapshots(with_rows) == []


def test_a_store_newer_than_the_code_is_refused_and_left_alone(with_rows: Settings, tmp_path: Path) -> None:
    scripts = _later_version(tmp_path)
    open_database(with_rows, scripts=scripts).close()

    with pytest.raises(StoreTooNew, match="newer version of Homespun"):
        open_database(with_rows)

    open_database(with_rows, scripts=scripts).close()
    assert len(_snapshots(with_rows)) == 1


def test_a_migration_that_fails_changes_nothing(with_rows: Settings, tmp_path: Path) -> None:
    scripts = _later_version(tmp_path, afterwards="raise ValueError('no')")

    with pytest.raises(ValueError, match="no"):
        open_database(with_rows, scripts=scripts)

    assert _names(with_rows) == ["ann", "b\tn\n"]
    assert _columns(with_rows) == _columns_of_the_code()


def _columns(settings: Settings) -> set[str]:
    database = open_database(settings)
    with database.session() as db_session:
        columns = set(db_session.execute(text("SELECT * FROM user_account")).keys())
    database.close()
    return columns


def _columns_of_the_code() -> set[str]:
    return {column.name for column in User.__table__.columns}


def _open(settings: Settings, scripts: Path) -> None:
    open_database(settings, scripts=scripts)


def test_a_migration_killed_half_way_changes_nothing_and_can_be_run_again(
    with_rows: Settings, tmp_path: Path
) -> None:
    killed = _later_version(tmp_path, afterwards="import os; os.kill(os.getpid(), 9)")
    process = multiprocessing.get_context("spawn").Process(target=_open, args=(with_rows, killed))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    assert _names(with_rows) == ["ann", "b\tn\n"]
    assert _columns(with_rows) == _columns_of_the_code()

    shutil.rmtree(killed)
    open_database(with_rows, scripts=_later_version(tmp_path / "again")).close()
    assert len(_snapshots(with_rows)) == 2


def test_without_postgresql_tools_a_store_with_rows_is_not_migrated_unless_its_owner_says_so(
    postgres_settings: Settings, tmp_path: Path
) -> None:
    _add_rows(postgres_settings)
    scripts = _later_version(tmp_path)
    without_tools = postgres_settings.model_copy(update={"postgres_bin_dir": tmp_path})

    with pytest.raises(NotPrepared, match="pg_dump") as caught:
        open_database(without_tools, scripts=scripts)
    assert caught.value.code == "snapshot_tools_missing"
    assert _names(postgres_settings) == ["ann", "b\tn\n"]

    open_database(
        without_tools.model_copy(update={"migrate_without_snapshot": True}), scripts=scripts
    ).close()
    assert _snapshots(postgres_settings) == []


@pytest.fixture
def damaged(sqlite_settings: Settings) -> Settings:
    """A store whose index of names does not agree with its names."""
    database: Database = open_database(sqlite_settings)
    with database.session() as db_session:
        db_session.add_all(User(name=f"listener {number}") for number in range(50))
    database.close()
    with closing(sqlite3.connect(sqlite_settings.database_file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'ix_job_kind') "
            "WHERE name = 'sqlite_autoindex_user_account_2'"
        )
        connection.commit()
    return sqlite_settings


def test_what_a_killed_snapshot_left_behind_goes_with_the_next(with_rows: Settings, tmp_path: Path) -> None:
    leftover = with_rows.snapshots_dir / ".20260101T000000000000Z-0001-before-0002.partial"
    leftover.write_bytes(b"half a store")

    open_database(with_rows, scripts=_later_version(tmp_path)).close()

    assert not leftover.exists()
    assert len(_snapshots(with_rows)) == 1


def test_a_damaged_store_is_not_migrated(damaged: Settings, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="damaged"):
        open_database(damaged, scripts=_later_version(tmp_path))

    assert _snapshots(damaged) == []
