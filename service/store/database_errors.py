"""What a database's own errors mean to a person."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from service.errors import Conflict, CorruptArtifact, HomespunError, InvalidRequest, NotPrepared, StorageFull

# SQLite's primary result codes are the lowest byte of its extended ones.
_SQLITE_PRIMARY = 0xFF


@contextmanager
def explained() -> Iterator[None]:
    """Raise, in place of a database's own error, one sentence for the person where there is one to say."""
    try:
        yield
    except DBAPIError as error:
        explanation = _explain(error.orig)
        if explanation is None:
            raise
        raise explanation from error
    except sqlite3.Error as error:
        explanation = _explain(error)
        if explanation is None:
            raise
        raise explanation from error


def _explain(error: BaseException | None) -> HomespunError | None:
    if isinstance(error, sqlite3.Error):
        return _explain_sqlite(getattr(error, "sqlite_errorcode", 0) & _SQLITE_PRIMARY)
    # PostgreSQL's errors carry a five-character state; without one the server was never reached.
    state = getattr(error, "sqlstate", None)
    if state == "53100":
        return StorageFull("The disk of the database is full.")
    if type(error).__name__ == "OperationalError" and (state is None or state[:2] in ("08", "57")):
        return NotPrepared(
            "The database server cannot be reached; is it running?", code="database_unreachable"
        )
    return None


def _explain_sqlite(primary_code: int) -> HomespunError | None:
    if primary_code == sqlite3.SQLITE_FULL:
        return StorageFull("The disk is full; nothing was changed in the store.")
    if primary_code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return CorruptArtifact(
            "The store is damaged; put back a copy from the snapshots folder.", code="corrupt_store"
        )
    if primary_code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return InvalidRequest("The store cannot be written to.", code="store_read_only")
    if primary_code == sqlite3.SQLITE_IOERR:
        return HomespunError(
            "The disk reported an error; nothing was changed in the store.", code="disk_error"
        )
    if primary_code == sqlite3.SQLITE_BUSY:
        return Conflict("Another process has been writing to the store for too long.", code="store_busy")
    return None
