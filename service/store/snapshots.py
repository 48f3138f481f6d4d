"""Copies of the store, checked as they are taken: before its tables are changed, and to be kept."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, func, select

from service.errors import CorruptArtifact
from service.settings import Settings
from service.store.media import sync_folder, write_atomically
from service.store.snapshots_postgresql import count_dumped_rows, dump_postgresql, stop_writers
from service.store.tables import utc_now

_BOOKKEEPING = {"alembic_version"}


def count_rows(connection: Connection) -> dict[str, int]:
    """Rows in each table of the store as it is, whatever its revision, by table name."""
    present = MetaData()
    present.reflect(connection)
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in sorted(present.tables.items())
    }


def has_rows(connection: Connection) -> bool:
    """Whether the store holds anything of anybody's."""
    return any(count for table, count in count_rows(connection).items() if table not in _BOOKKEEPING)


def take_snapshot(connection: Connection, settings: Settings, *, label: str) -> Path | None:
    """Copy the store as this connection's transaction sees it into the snapshots folder, and check the copy.

    The copy is whole (SQLite's own integrity check) and has as many rows in each table as the store; the counts
    lie beside it as JSON. A file under its final name has passed both. None only where a PostgreSQL store's owner
    has chosen ``migrate_without_snapshot``.

    The transaction must hold SQLite's write lock; on PostgreSQL writers are held back until it ends. Raises StorageFull, CorruptArtifact when the copy differs,
    NotPrepared when PostgreSQL's tools are missing.
    """
    if connection.dialect.name == "sqlite":
        source_file = Path(str(connection.engine.url.database))
        # A transaction that may write cannot be copied from; nobody else writes while it lasts.
        with closing(sqlite3.connect(f"{source_file.as_uri()}?mode=ro", uri=True)) as source:
            return _copy(connection, settings, settings.snapshots_dir, label, source)
    if settings.migrate_without_snapshot:
        return None
    stop_writers(connection)
    return _copy(connection, settings, settings.snapshots_dir, label, None)


def take_backup(engine: Engine, settings: Settings) -> Path:
    """Copy the store into the backups folder, checked as in `take_snapshot`, while others go on writing to it.

    What is copied and counted is one moment's. Raises StorageFull, CorruptArtifact, NotPrepared.
    """
    if engine.dialect.name == "sqlite":
        with engine.execution_options(sqlite_read_only=True).connect() as connection:
            source = connection.connection.driver_connection
            return _copy(connection, settings, settings.backups_dir, "backup", source)
    with engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection:
        return _copy(connection, settings, settings.backups_dir, "backup", None)


def check_copy(copy_file: Path, settings: Settings) -> int:
    """Read a copy from end to end and count it against the list beside it; gives the number of rows in all tables.

    Raises CorruptArtifact (``corrupt_store``, ``snapshot_differs``), NotPrepared when PostgreSQL's tools are missing.
    """
    try:
        ledger = json.loads(copy_file.with_suffix(".json").read_text(encoding="utf-8"))
        found = (
            _counts_of_sqlite(copy_file)
            if copy_file.suffix == ".sqlite3"
            else count_dumped_rows(copy_file, settings)
        )
    except (OSError, ValueError, sqlite3.DatabaseError) as error:
        raise CorruptArtifact(
            "The copy or the list beside it cannot be read.", code="corrupt_store"
        ) from error
    if found != ledger:
        raise CorruptArtifact("The copy does not hold what was copied.", code="snapshot_differs")
    return sum(found.values())


def _counts_of_sqlite(copy_file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"{copy_file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        return _checked_counts(copy)


def _copy(
    connection: Connection,
    settings: Settings,
    folder: Path,
    label: str,
    sqlite_source: sqlite3.Connection | None,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{utc_now():%Y%m%dT%H%M%S%fZ}-{label}"
    ledger = count_rows(connection)
    partial = folder / f".{name}.partial"
    try:
        if sqlite_source is not None:
            final = folder / f"{name}.sqlite3"
            copied = _copy_sqlite(sqlite_source, partial)
        else:
            final = folder / f"{name}.pgdump"
            copied = dump_postgresql(connection, partial, settings)
        if copied != ledger:
            raise CorruptArtifact(
                f"The {label} copy differs from the store; nothing was changed.", code="snapshot_differs"
            )
        write_atomically(final.with_suffix(".json"), json.dumps(ledger, indent=1).encode())
        partial.replace(final)
        sync_folder(folder)
    finally:
        # Those of copies that were killed too: only one is taken at a time.
        for leftover in folder.glob(".*.partial*"):
            leftover.unlink(missing_ok=True)
    return final


def _copy_sqlite(source: sqlite3.Connection, copy_file: Path) -> dict[str, int]:
    """Copy by SQLite's backup API, which sees what is still in the write-ahead log; gives the copy's row counts."""
    with closing(sqlite3.connect(copy_file)) as copy:
        copy_file.chmod(0o600)
        copy.execute("PRAGMA synchronous=FULL")
        source.backup(copy)
        # The copy of a WAL store would want its own log beside it; a snapshot is one file.
        copy.execute("PRAGMA journal_mode=DELETE")
        return _checked_counts(copy)


def _checked_counts(copy: sqlite3.Connection) -> dict[str, int]:
    (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise CorruptArtifact(f"The store is damaged ({verdict}); nothing was changed.", code="corrupt_store")
    tables = [name for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - names from the schema
        for name in sorted(tables)
        if not name.startswith("sqlite_")
    }
