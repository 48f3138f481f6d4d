"""The rows of a history file, some hundreds at a time, each with what is to become of it. Nothing is stored here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from service.listening.history_files.rows import HistoryRow, ListenRow, SkippedRow, ThumbRow
from service.listening.import_report import ImportReport
from service.listening.known_plays import KnownPlays
from service.listening.listens import ListenEvent
from service.listening.matching import LibraryMatcher, Match

ROWS_IN_A_BATCH = 1_000
_CLOCKS_DIFFER = timedelta(hours=1)
_MATCHES_REMEMBERED = 50_000


@dataclass
class Batch:
    """Listens that are new and thumbs whose track is known, to be stored; ``report`` counts all other rows."""

    report: ImportReport
    listens: list[tuple[ListenEvent, Match | None]] = field(default_factory=list)
    thumbs: list[tuple[ThumbRow, str]] = field(default_factory=list)


class BatchMaker:
    """Sorts the rows of one file. ``source`` is its format's word."""

    def __init__(self, matcher: LibraryMatcher, known: KnownPlays, source: str, now: datetime) -> None:
        self._matcher, self._known, self._source = matcher, known, source
        self._newest = now + _CLOCKS_DIFFER
        self._track_of_msid: dict[str, str] = {}
        self._matches: dict[ListenEvent | tuple[object, ...], Match | None] = {}

    def batches(self, rows: Iterable[HistoryRow], taken: int = 0) -> Iterator[Batch]:
        """All rows but the first ``taken``, which were stored before; those only explain what later rows name."""
        iterator = iter(rows)
        for row in islice(iterator, taken):
            if isinstance(row, ListenRow) and row.recording_msid:
                self._match(row)
        while some := list(islice(iterator, ROWS_IN_A_BATCH)):
            batch = Batch(ImportReport(self._source))
            for row in some:
                self._take(row, batch)
            yield batch

    def _take(self, row: HistoryRow, batch: Batch) -> None:
        batch.report.rows += 1
        if isinstance(row, ListenRow):
            self._take_listen(row, batch)
        elif isinstance(row, ThumbRow):
            track_id = self._track_of_thumb(row)
            if track_id is None:
                batch.report.skipped["thumb_on_unknown_track"] += 1
            else:
                batch.thumbs.append((row, track_id))
        elif isinstance(row, SkippedRow):
            batch.report.skipped[row.reason] += 1
        else:
            batch.report.add_failure(row)

    def _take_listen(self, row: ListenRow, batch: Batch) -> None:
        if row.event.listened_at > self._newest:
            batch.report.skipped["in_the_future"] += 1
            return
        match = self._match(row)
        if self._known.take(row.event):
            batch.listens.append((row.event, match))
        else:
            batch.report.duplicate += 1

    def _match(self, row: ListenRow) -> Match | None:
        event = row.event
        names = (
            event.title,
            event.artist,
            event.album,
            event.track_seconds,
            event.isrc,
            event.recording_mbid,
        )
        if names not in self._matches:
            if len(self._matches) >= _MATCHES_REMEMBERED:
                self._matches.clear()
            self._matches[names] = self._matcher.match(
                title=event.title,
                artist=event.artist,
                album=event.album,
                track_seconds=event.track_seconds,
                isrc=event.isrc,
                recording_mbid=event.recording_mbid,
            )
        match = self._matches[names]
        if match is not None and row.recording_msid:
            self._track_of_msid[row.recording_msid] = match.track_id
        return match

    def _track_of_thumb(self, row: ThumbRow) -> str | None:
        found = self._matcher.find(
            title=row.title, artist=row.artist, isrc=row.isrc, recording_mbid=row.recording_mbid
        )
        return found or self._track_of_msid.get(row.recording_msid or "")
