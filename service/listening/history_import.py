"""Reading a history file in: what it holds, then all of it or nothing, with a report that adds up."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.listening.history_files import listenbrainz
from service.listening.history_files.rows import FailedRow, HistoryRow, ListenRow, SkippedRow, ThumbRow
from service.listening.list_revisions import list_changed
from service.listening.listens import listen_row
from service.listening.matching import LibraryMatcher
from service.listening.thumbs import set_thumb, thumbed_since
from service.operations.job_queue import enqueue
from service.operations.job_requests import taste_soon
from service.store.tables import HistoryImport, Listen

# Failures beyond these are counted and not listed, so that a file that is wrong throughout gives a short report.
FAILURES_LISTED = 100
_BATCH = 500
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass
class ImportReport:
    """What became of each row: imported + duplicate + the skipped + failed == rows.

    listens and thumbs divide the imported; matched counts the imported listens whose track is in the library;
    skips counts the imported listens that were skips. failures: "FILE line N: reason", the first hundred.
    """

    source: str
    rows: int = 0
    imported: int = 0
    duplicate: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    listens: int = 0
    thumbs: int = 0
    skips: int = 0
    matched: int = 0
    failures: list[str] = field(default_factory=list)
    import_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {**asdict(self), "skipped": dict(sorted(self.skipped.items()))}

    def add_failure(self, row: FailedRow) -> None:
        """Counts a row that cannot be read, and keeps where it stands."""
        self.failed += 1
        if len(self.failures) < FAILURES_LISTED:
            self.failures.append(f"{row.file} line {row.line}: {row.reason}")


@dataclass
class ImportPreview:
    """What a file holds before anything is read in. by_year counts listens; skipped counts rows by reason."""

    source: str
    rows: int = 0
    listens: int = 0
    thumbs: int = 0
    skips: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    by_year: Counter[int] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            **asdict(self),
            "skipped": dict(sorted(self.skipped.items())),
            "by_year": {str(year): count for year, count in sorted(self.by_year.items())},
        }


def preview_history_file(path: Path) -> ImportPreview:
    """Counts without storing anything. Raises as ``import_history`` does."""
    preview = ImportPreview(listenbrainz.SOURCE)
    for row in _open(path):
        preview.rows += 1
        if isinstance(row, ListenRow):
            preview.listens += 1
            preview.skips += row.event.skipped
            preview.by_year[row.event.listened_at.year] += 1
        elif isinstance(row, ThumbRow):
            preview.thumbs += 1
        elif isinstance(row, SkippedRow):
            preview.skipped[row.reason] += 1
        else:
            preview.failed += 1
    return preview


def import_history(
    db_session: Session, user_id: str, path: Path, now: datetime | None = None
) -> ImportReport:
    """Stores every listen and thumb of the file that is not there yet, as one HistoryImport.

    Reading the same file twice adds nothing. The caller's transaction makes it all or nothing. A listen whose track
    is not in the library is kept without one; a thumb needs its track and is skipped.
    Raises NotFound when there is no such file, InvalidRequest when it is no history file.
    """
    now = now or datetime.now(UTC)
    report = ImportReport(listenbrainz.SOURCE)
    rows = _open(path)
    history_import = HistoryImport(
        user_id=user_id, source=report.source, file_name=path.name, file_sha256=_sha256(path), counts={}
    )
    db_session.add(history_import)
    db_session.flush()
    importing = _Importing(db_session, user_id, history_import.id, now, report)
    for batch in _batches(rows):
        importing.take(batch)
    if report.imported:
        report.import_id = history_import.id
        history_import.counts = report.to_json()
        list_changed(db_session, user_id)
        enqueue(db_session, taste_soon(user_id))
    else:
        db_session.delete(history_import)
    db_session.flush()
    return report


def _open(path: Path) -> Iterator[HistoryRow]:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", code="no_such_file")
    try:
        if listenbrainz.is_listenbrainz(path):
            return listenbrainz.read_listenbrainz(path)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be opened: {error.strerror}.", code="unreadable_file") from error
    raise InvalidRequest(
        f"{path.name} is not a ListenBrainz export: Homespun reads its zip, .jsonl and .json files.",
        code="unknown_history_format",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _batches(rows: Iterable[HistoryRow]) -> Iterator[list[HistoryRow]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


class _Importing:
    """One import under way."""

    def __init__(
        self, db_session: Session, user_id: str, import_id: str, now: datetime, report: ImportReport
    ) -> None:
        self._db_session, self._user_id, self._import_id = db_session, user_id, import_id
        self._newest = now + _CLOCKS_DIFFER
        self._report = report
        self._matcher = LibraryMatcher(db_session, user_id)
        self._track_of_msid: dict[str, str] = {}

    def take(self, rows: list[HistoryRow]) -> None:
        """Stores a batch."""
        known = self._known_keys([row for row in rows if isinstance(row, ListenRow)])
        for row in rows:
            self._report.rows += 1
            if isinstance(row, ListenRow):
                self._take_listen(row, known)
            elif isinstance(row, ThumbRow):
                self._take_thumb(row)
            elif isinstance(row, SkippedRow):
                self._report.skipped[row.reason] += 1
            else:
                self._report.add_failure(row)
        self._db_session.flush()

    def _known_keys(self, rows: list[ListenRow]) -> set[str]:
        keys = {row.event.dedupe_key for row in rows}
        stored = select(Listen.dedupe_key).where(Listen.user_id == self._user_id, Listen.dedupe_key.in_(keys))
        return set(self._db_session.scalars(stored))

    def _take_listen(self, row: ListenRow, known: set[str]) -> None:
        event, report = row.event, self._report
        if event.listened_at > self._newest:
            report.skipped["in_the_future"] += 1
            return
        track_id = self._matcher.find(
            title=event.title,
            artist=event.artist,
            track_seconds=event.track_seconds,
            isrc=event.isrc,
            recording_mbid=event.recording_mbid,
        )
        if track_id and row.recording_msid:
            self._track_of_msid[row.recording_msid] = track_id
        key = event.dedupe_key
        if key in known:
            report.duplicate += 1
            return
        known.add(key)
        self._db_session.add(listen_row(self._user_id, event, track_id, self._import_id))
        report.imported += 1
        report.listens += 1
        report.skips += event.skipped
        report.matched += track_id is not None

    def _take_thumb(self, row: ThumbRow) -> None:
        track_id = self._matcher.find(recording_mbid=row.recording_mbid) or self._track_of_msid.get(
            row.recording_msid or ""
        )
        if track_id is None:
            self._report.skipped["thumb_on_unknown_track"] += 1
        elif thumbed_since(self._db_session, self._user_id, track_id, row.created_at):
            # What was said here later stands: reading an old file again must not bring an old thumb back.
            self._report.duplicate += 1
        elif set_thumb(self._db_session, self._user_id, track_id, row.value):
            self._report.imported += 1
            self._report.thumbs += 1
        else:
            self._report.duplicate += 1
