"""The database: opened, brought up to date, and handed out one transaction at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from filelock import FileLock
from filelock import Timeout as LockTimeout
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import Conflict
from service.settings import Settings
from service.store.data_folder import prepare_data_folder
from service.store.database_errors import explained
from service.store.migrating import SHIPPED_SCRIPTS, migrate, newest_revision, revision_of
from service.store.snapshots import has_rows, take_snapshot

_BUSY_SECONDS = 30
_OPENING_SECONDS = 600
# Any number no other program is likely to use; held while a PostgreSQL store is migrated.
_ADVISORY_LOCK = 0x686F6D65


class Database:
    """An open store. One for a process; sessions of different threads are independent."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(sqlite_read_only=True, postgresql_readonly=True)
        self._in_thread = threading.local()

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when anything is raised.

        On SQLite a session that may write holds the only write lock, so keep it short and compute outside of it.
        A thread holds one such session at a time: a second, nested one would wait for the first for ever, and is a
        RuntimeError. One that is ``read_only`` may stand inside it, and sees what was committed before.
        Raises StorageFull, CorruptArtifact, Conflict or InvalidRequest in place of the database's own errors where
        the person can do something about them.
        """
        engine = self._reading if read_only else self.engine
        with (
            self._alone_in_thread(read_only=read_only),
            explained(),
            Session(engine, expire_on_commit=False) as session,
        ):
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction without mapped objects: at half the cost, for what every request asks."""
        with explained(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def _alone_in_thread(self, *, read_only: bool) -> Iterator[None]:
        if read_only:
            yield
            return
        if getattr(self._in_thread, "is_writing", False):
            raise RuntimeError("this thread already holds a session: pass that one on")
        self._in_thread.is_writing = True
        try:
            yield
        finally:
            self._in_thread.is_writing = False

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_database(settings: Settings, *, scripts: Path = SHIPPED_SCRIPTS) -> Database:
    """Open the store, making it if there is none and bringing it up to date if it is older than the code.

    ``scripts`` is the folder of migrations to bring it up to date by. Safe to be killed at any time, and to be
    called by several processes at once. Raises InvalidRequest when the data folder cannot be used, StoreTooNew when
    a newer version wrote the store, CorruptArtifact when it is damaged, StorageFull when there is no room.
    """
    prepare_data_folder(settings)
    engine = _create_engine(settings)
    try:
        with explained(), _only_one_opens(settings.data_dir):
            if engine.dialect.name == "sqlite":
                _turn_on_wal(engine)
            with engine.begin() as connection:
                _bring_up_to_date(connection, settings, scripts)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def _bring_up_to_date(connection: Connection, settings: Settings, scripts: Path) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    revision, newest = revision_of(connection, scripts), newest_revision(scripts)
    if revision == newest:
        return
    if has_rows(connection):
        take_snapshot(connection, settings, label=f"{revision}-before-{newest}")
    migrate(connection, scripts)


@contextmanager
def _only_one_opens(data_dir: Path) -> Iterator[None]:
    try:
        with FileLock(data_dir / "opening.lock", timeout=_OPENING_SECONDS):
            yield
    except LockTimeout as error:
        raise Conflict(
            "Another process is still bringing the store up to date.", code="store_busy"
        ) from error


def _create_engine(settings: Settings) -> Engine:
    url = settings.sqlalchemy_url
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    # Parameters are people's names and listens: none of them belongs in an error's text.
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Python's own transaction handling starts one too late to protect a read that leads to a write.
    connection.isolation_level = None
    # FULL: what was committed survives a power cut, which WAL's usual NORMAL does not promise.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # Without it INSERT OR REPLACE deletes rows behind the back of the triggers that forbid it.
    connection.execute("PRAGMA recursive_triggers=ON")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes later must not find its reading outdated.
    read_only = connection.get_execution_options().get("sqlite_read_only", False)
    # Most requests only read: what is set already is not set again.
    if connection.info.get("query_only") is not read_only:
        connection.exec_driver_sql(f"PRAGMA query_only = {read_only:d}")
        connection.info["query_only"] = read_only
    if read_only:
        # It waits for nothing and cannot fail, so it goes past all that SQLAlchemy does around a statement.
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute("BEGIN DEFERRED")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _turn_on_wal(engine: Engine) -> None:
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        raw.close()
