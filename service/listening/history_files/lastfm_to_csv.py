"""Last.fm by benjaminbenben's lastfm-to-csv: no head line; artist, album, track, "20 Nov 2024 08:15".

Times are UTC, to the minute; what was playing at the time of the export has none.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import OLDEST, RowProblem, album_text, required_text
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow
from service.listening.history_files.tables import plain_rows
from service.listening.listens import ListenEvent

SOURCE = "lastfm_to_csv"
_TIME = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}),? (\d{2}):(\d{2})", re.ASCII)
# English whatever the machine's language is.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def recognises(entry: Entry) -> bool:
    """Whether one of the first lines has the four columns, a time in the last."""
    lines = entry.head.decode("utf-8-sig", "replace").splitlines()[:5]
    try:
        rows = list(csv.reader(lines))
    except csv.Error:
        return False
    return any(len(row) == 4 and _TIME.fullmatch(row[3].strip()) for row in rows)


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files."""
    for entry in entries:
        yield from plain_rows(entry, _parse)


def _parse(cells: list[str]) -> HistoryRow:
    if len(cells) != 4:
        raise RowProblem(f"{len(cells)} columns instead of 4")
    artist, album, title, time = cells
    if not time.strip():
        return SkippedRow("playing_now")
    began_at = _time(time.strip())
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    return ListenRow(
        ListenEvent(
            listened_at=began_at,
            title=required_text(title, "track"),
            artist=required_text(artist, "artist"),
            source=SOURCE,
            album=album_text(album),
        )
    )


def _time(text: str) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        raise RowProblem("the fourth column is not a time")
    day, year, hour, minute = int(found[1]), int(found[3]), int(found[4]), int(found[5])
    try:
        return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, tzinfo=UTC)
    except ValueError as error:
        raise RowProblem("the fourth column is not a time") from error
