"""Reading a history file in: what it holds, then its rows into the store, with a report that adds up."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.listening.history_files.fields import OLDEST
from service.listening.history_files.formats import HistoryFile, open_history_file
from service.listening.history_files.rows import ReadingOptions
from service.listening.import_batches import Batch, BatchMaker
from service.listening.import_report import FAILURES_LISTED, ImportPreview, ImportReport
from service.listening.known_plays import KnownPlays
from service.listening.list_revisions import list_changed
from service.listening.listens import listen_columns
from service.listening.matching import LibraryMatcher
from service.listening.thumbs import set_thumb, thumbed_since
from service.operations.job_queue import enqueue
from service.operations.job_requests import taste_soon
from service.store.ids import new_id
from service.store.tables import HistoryImport, Listen

_ROWS_BETWEEN_REPORTS = 1_000

NO_OPTIONS = ReadingOptions()


def preview_history_file(path: Path, options: ReadingOptions = NO_OPTIONS) -> ImportPreview:
    """Counts without storing anything. Raises as ``open_history_file`` does."""
    with open_history_file(path) as file:
        return preview_of(file, options)


def preview_of(
    file: HistoryFile, options: ReadingOptions, told: Callable[[int], object] = lambda _rows: None
) -> ImportPreview:
    """As `preview_history_file`, of a file that is open; ``told`` is called with the rows so far, now and then."""
    preview = ImportPreview(
        file.format.key,
        files=[entry.name for entry in file.entries],
        passed_over=list(file.passed_over),
        warnings=[file.format.warning] if file.format.warning else [],
        needs_time_zone=file.lacks_time_zone and options.time_zone is None,
    )
    for row in file.read(options):
        preview.count(row)
        if preview.rows % _ROWS_BETWEEN_REPORTS == 0:
            told(preview.rows)
    return preview


def import_history(
    db_session: Session,
    user_id: str,
    path: Path,
    now: datetime | None = None,
    options: ReadingOptions = NO_OPTIONS,
) -> ImportReport:
    """Stores every listen and thumb of the file that is not there yet, as one HistoryImport.

    Reading the same file twice adds nothing. The caller's transaction makes it all or nothing. A listen whose track
    is not in the library is kept without one; a thumb needs its track and is skipped. Raises as ``open_history_file``.
    """
    with open_history_file(path) as file:
        source = file.format.key
        history_import = HistoryImport(
            user_id=user_id, source=source, file_name=path.name, file_sha256=sha256_of(path)
        )
        db_session.add(history_import)
        db_session.flush()
        maker = BatchMaker(
            LibraryMatcher(db_session, user_id),
            KnownPlays(db_session, user_id),
            source,
            now or datetime.now(UTC),
        )
        history_import.counts = ImportReport(source).to_json()
        for batch in maker.batches(file.read(options)):
            store_batch(db_session, history_import, batch)
    report = finish_import(db_session, history_import)
    if not report.imported:
        db_session.delete(history_import)
        report.import_id = None
    db_session.flush()
    return report


def store_batch(db_session: Session, history_import: HistoryImport, batch: Batch) -> None:
    """Adds what is new, and counts all rows of the batch in the import's report, in one transaction."""
    report = _so_far(history_import)
    _add_counts(report, batch.report)
    stored = _insert(db_session, history_import, batch)
    for event, match in batch.listens:
        if event.dedupe_key not in stored:
            # Told through another door since the history was read.
            report.duplicate += 1
            continue
        report.imported += 1
        report.listens += 1
        report.skips += event.skipped
        report.matched += match is not None
        report.by_year[str(event.listened_at.year)] += 1
    for row, track_id in batch.thumbs:
        user_id = history_import.user_id
        # What was said here later stands: reading an old file again must not bring an old thumb back.
        is_old = thumbed_since(db_session, user_id, track_id, row.created_at or OLDEST)
        if not is_old and set_thumb(
            db_session, user_id, track_id, row.value, context="import", import_id=history_import.id
        ):
            report.imported += 1
            report.thumbs += 1
        else:
            report.duplicate += 1
    history_import.counts = report.to_json()
    db_session.flush()


def finish_import(db_session: Session, history_import: HistoryImport) -> ImportReport:
    """Says that all rows were taken, and has the taste worked out anew if any came in."""
    report = _so_far(history_import)
    report.import_id = history_import.id
    history_import.counts = report.to_json()
    history_import.state = "done"
    history_import.finished_at = datetime.now(UTC)
    if report.imported:
        list_changed(db_session, history_import.user_id)
        enqueue(db_session, taste_soon(history_import.user_id))
    return report


def sha256_of(path: Path) -> str:
    """The file's checksum, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _so_far(history_import: HistoryImport) -> ImportReport:
    return ImportReport.from_json({"source": history_import.source, **history_import.counts})


def _add_counts(report: ImportReport, more: ImportReport) -> None:
    report.rows += more.rows
    report.duplicate += more.duplicate
    report.skipped += more.skipped
    failures = report.failures + more.failures
    report.failures, report.failed = failures[:FAILURES_LISTED], report.failed + more.failed


def _insert(db_session: Session, history_import: HistoryImport, batch: Batch) -> set[str]:
    """The keys of the listens that were added."""
    if not batch.listens:
        return set()
    rows = [
        {
            "id": new_id(),
            **listen_columns(
                history_import.user_id,
                event,
                match and match.track_id,
                match_confidence=match and match.confidence,
                import_id=history_import.id,
            ),
        }
        for event, match in batch.listens
    ]
    insert = postgresql.insert if db_session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Listen).on_conflict_do_nothing().returning(Listen.dedupe_key)
    return set(db_session.scalars(statement, rows))
