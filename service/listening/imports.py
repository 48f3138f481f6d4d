"""History files that were handed in: kept until their listener has seen what they hold and agreed, then read in, or undone."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.errors import Conflict, InvalidRequest, NotFound
from service.listening.history_files.formats import open_history_file
from service.listening.history_files.rows import ReadingOptions
from service.listening.history_import import sha256_of
from service.listening.import_report import ImportReport
from service.listening.list_revisions import list_changed
from service.operations.job_queue import cancel, enqueue
from service.operations.job_requests import import_history, taste_soon
from service.settings import Settings
from service.store.database import Database
from service.store.ids import new_id
from service.store.media import write_atomically
from service.store.tables import HistoryImport, Job, Thumb, utc_now

MOST_WAITING = 5
KEPT_UNREAD = timedelta(days=7)
"""How long a file waits for its listener's word."""

_UNTOUCHED_SECONDS = 3600.0
_WAITING = ("reading", "ready", "importing")
_FILE_NAME_MAX_CHARACTERS = 200


@dataclass(frozen=True)
class Upload:
    """A file that is kept and was recognised. ``source`` is its format's word.

    lacks_time_zone: its times are in a zone that it does not name.
    """

    import_id: str
    file_name: str
    source: str
    sha256: str
    lacks_time_zone: bool


def keep_upload(settings: Settings, file_name: str, write: Callable[[BinaryIO], object]) -> Upload:
    """Keep what ``write`` puts into the open file it is given, and find out what it is.

    Nothing is left behind when it is no history. Raises what `open_history_file` and `write_atomically` raise.
    """
    import_id = new_id()
    path = upload_path(settings, import_id)
    write_atomically(path, write)
    name = _shown_name(file_name)
    try:
        with open_history_file(path, name) as file:
            source, lacks_time_zone = file.format.key, file.lacks_time_zone
        return Upload(import_id, name, source, sha256_of(path), lacks_time_zone)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def keep_copy(settings: Settings, path: Path) -> Upload:
    """As `keep_upload`, of a file that lies here. Raises NotFound (``no_such_file``), too."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", code="no_such_file")
    try:
        with path.open("rb") as given:
            return keep_upload(settings, path.name, lambda kept: shutil.copyfileobj(given, kept))
    except PermissionError as error:
        raise InvalidRequest(f"{path} cannot be opened: {error.strerror}.", code="unreadable_file") from error


def upload_path(settings: Settings, import_id: str) -> Path:
    """Where the file of an import is kept until it is read in."""
    return settings.uploads_dir / import_id


def begin_import(db_session: Session, user_id: str, upload: Upload) -> tuple[HistoryImport, Job]:
    """The import of a file that was kept, and the job that counts what it holds. Raises Conflict (``imports_waiting``)."""
    waiting = select(func.count()).where(
        HistoryImport.user_id == user_id, HistoryImport.state.in_(("reading", "ready"))
    )
    if (db_session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} history files wait for your word already: read them in or remove them first.",
            code="imports_waiting",
        )
    row = _row_of(user_id, upload, "reading")
    db_session.add(row)
    job = enqueue(db_session, import_history(user_id, row.id, "preview"))
    row.job_id = job.id
    db_session.flush()
    return row, job


def begin_reading_in(
    db_session: Session,
    user_id: str,
    upload: Upload,
    *,
    time_zone: str | None = None,
    include_private: bool = False,
) -> HistoryImport:
    """The import of a file that is to be read in at once, by a job that the caller runs. Raises as `commit_import`."""
    row = _row_of(user_id, upload, "importing")
    row.options = options_to_keep(time_zone=time_zone, include_private=include_private)
    _check_time_zone(time_zone, needed=upload.lacks_time_zone)
    db_session.add(row)
    db_session.flush()
    return row


def find_import(db_session: Session, user_id: str, import_id: str) -> HistoryImport:
    """The listener's import of this id; NotFound (``unknown_import``) whatever the reason if it is not there."""
    row = db_session.scalar(
        select(HistoryImport).where(HistoryImport.id == import_id, HistoryImport.user_id == user_id)
    )
    if row is None:
        raise NotFound("There is no such import.", code="unknown_import")
    return row


def list_imports(
    db_session: Session, user_id: str, *, before_id: str | None = None, limit: int = 50
) -> list[HistoryImport]:
    """The listener's imports, newest first."""
    wanted = select(HistoryImport).where(HistoryImport.user_id == user_id)
    if before_id is not None:
        wanted = wanted.where(HistoryImport.id < before_id)
    return list(db_session.scalars(wanted.order_by(HistoryImport.id.desc()).limit(limit)))


def commit_import(
    db_session: Session,
    user_id: str,
    import_id: str,
    *,
    time_zone: str | None = None,
    include_private: bool = False,
) -> tuple[HistoryImport, Job]:
    """Have a file read in whose preview is there; gives the job that does it.

    ``time_zone`` is the name of the zone in which times were written that name none; ``include_private`` takes what was
    heard in a private session, too. Raises Conflict (``import_not_ready``, ``import_committed``) and InvalidRequest
    (``unknown_time_zone``, ``time_zone_needed``).
    """
    row = find_import(db_session, user_id, import_id)
    db_session.refresh(row, with_for_update=True)
    if row.state == "reading" or row.preview is None:
        raise Conflict("What this file holds is not known yet.", code="import_not_ready")
    if row.state != "ready":
        raise Conflict("This file was read in already.", code="import_committed")
    options = options_to_keep(time_zone=time_zone, include_private=include_private)
    _check_time_zone(time_zone, needed=row.preview["needs_time_zone"])
    row.state, row.options = "importing", options
    job = enqueue(db_session, import_history(user_id, row.id, "commit"))
    row.job_id = job.id
    db_session.flush()
    return row, job


def undo_import(db_session: Session, user_id: str, import_id: str) -> None:
    """Take back all that came in with a file, and forget the file. A job that reads it ends.

    What was there before stays, also where the file told of it again. The upload is the caller's to remove once this is
    committed, by `remove_upload`.
    """
    row = find_import(db_session, user_id, import_id)
    job = db_session.get(Job, row.job_id) if row.job_id is not None else None
    if job is not None and job.state in ("queued", "running"):
        cancel(db_session, job)
    had_rows = bool(row.counts.get("imported"))
    db_session.execute(delete(Thumb).where(Thumb.import_id == import_id))
    db_session.execute(delete(HistoryImport).where(HistoryImport.id == import_id))
    if had_rows:
        list_changed(db_session, user_id)
        enqueue(db_session, taste_soon(user_id))
    db_session.flush()


def remove_upload(settings: Settings, import_id: str) -> None:
    """Remove the file of an import, if it is still there."""
    upload_path(settings, import_id).unlink(missing_ok=True)


def state_shown(row: HistoryImport, job: Job | None) -> str:
    """How an import stands: its own state, or "failed" where the job that was to go on with it did not."""
    if row.state in ("reading", "importing") and job is not None and job.state in ("failed", "cancelled"):
        return "failed"
    return row.state


def report_of(row: HistoryImport) -> ImportReport:
    """What became of the rows that were taken so far."""
    return ImportReport.from_json({"source": row.source, **row.counts})


def options_to_keep(*, time_zone: str | None, include_private: bool) -> dict[str, Any]:
    """What a listener says of a file, as its row keeps it. Raises InvalidRequest (``unknown_time_zone``)."""
    if time_zone is not None:
        _zone(time_zone)
    return {"time_zone": time_zone, "include_private": include_private}


def reading_options(kept: dict[str, Any]) -> ReadingOptions:
    """What `options_to_keep` kept, as the readers take it."""
    name = kept.get("time_zone")
    return ReadingOptions(_zone(name) if name is not None else None, bool(kept.get("include_private")))


def sweep_uploads(database: Database, settings: Settings, now: datetime | None = None) -> int:
    """Forget files that nobody said a word about for a week, and remove those that no import waits for; return how many."""
    now = now or utc_now()
    files = [path for path in sorted(settings.uploads_dir.glob("*")) if path.is_file()]
    with database.session() as db_session:
        db_session.execute(
            delete(HistoryImport).where(
                HistoryImport.state.in_(("reading", "ready")), HistoryImport.created_at < now - KEPT_UNREAD
            )
        )
        waiting = set(db_session.scalars(select(HistoryImport.id).where(HistoryImport.state.in_(_WAITING))))
    removed = 0
    for path in files:
        # A younger one may belong to a row that is about to be written.
        if path.name not in waiting and time.time() - path.stat().st_mtime >= _UNTOUCHED_SECONDS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _row_of(user_id: str, upload: Upload, state: str) -> HistoryImport:
    return HistoryImport(
        id=upload.import_id,
        user_id=user_id,
        source=upload.source,
        file_name=upload.file_name,
        file_sha256=upload.sha256,
        state=state,
        counts={},
    )


def _check_time_zone(time_zone: str | None, *, needed: bool) -> None:
    if needed and time_zone is None:
        raise InvalidRequest(
            "The times in this file are those of a clock in a zone that it does not name: say which, "
            "such as Europe/Berlin, or UTC.",
            code="time_zone_needed",
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(
            "A time zone is named like Europe/Berlin, America/New_York or UTC.", code="unknown_time_zone"
        ) from error


def _shown_name(file_name: str) -> str:
    """The last part of a name somebody gave, as one line of text."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown.encode("utf-8", "ignore").decode()[-_FILE_NAME_MAX_CHARACTERS:] or "history"
