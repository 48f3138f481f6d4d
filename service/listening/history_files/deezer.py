"""Deezer's ``deezer-data_<id>.xlsx``: the sheet ``10_listeningHistory``, and sheets of favourite songs as thumbs.

Addresses and devices stand in each row and are never looked at. Times are taken for UTC, since no zone is told.
"""

import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    OLDEST,
    RowProblem,
    album_text,
    in_utc,
    iso_moment,
    isrc,
    optional_seconds,
    parsed,
    required_text,
)
from service.listening.history_files.rows import (
    FailedRow,
    HistoryRow,
    ListenRow,
    ReadingOptions,
    SkippedRow,
    ThumbRow,
)
from service.listening.history_files.workbook import Cells, open_workbook, sheet_names, sheet_rows
from service.listening.listens import ListenEvent, was_skipped

SOURCE = "deezer"
_HISTORY = "listeninghistory"


def recognises(entry: Entry) -> bool:
    """Whether it is a workbook with such a sheet."""
    return any(_is_history(name) for name in sheet_names(entry))


def read(entries: Sequence[Entry], options: ReadingOptions) -> Iterator[HistoryRow]:
    """The plays, then the thumbs, of all workbooks."""
    for entry in entries:
        with warnings.catch_warnings(action="ignore"), open_workbook(entry) as workbook:
            names = cast("list[str]", workbook.sheetnames)
            for name in sorted(names, key=lambda name: not _is_history(name)):
                for number, cells, problem in sheet_rows(workbook, name, _wanted(name)):
                    yield (
                        FailedRow(name, number, problem)
                        if cells is None
                        else parsed(partial(_parse, name=name, options=options), cells, name, number)
                    )


def _is_history(name: str) -> bool:
    return name.lower().endswith(_HISTORY)


def _is_favourites(name: str) -> bool:
    lowered = name.lower()
    return "favo" in lowered and ("song" in lowered or "track" in lowered)


def _wanted(name: str) -> frozenset[str] | None:
    """The columns that a sheet must have; None for one that has nothing for us."""
    if _is_history(name):
        return frozenset({"song title", "artist", "date"})
    return frozenset({"song title", "artist"}) if _is_favourites(name) else None


def _parse(cells: Cells, name: str, options: ReadingOptions) -> HistoryRow:
    title, artist = _text(cells, "song title"), _text(cells, "artist")
    if not _is_history(name):
        return ThumbRow("up", None, title=title, artist=artist, isrc=isrc(cells.get("isrc")))
    began_at = _time(cells.get("date"), options)
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    played_seconds = optional_seconds(cells.get("listening time"))
    return ListenRow(
        ListenEvent(
            listened_at=began_at,
            title=title,
            artist=artist,
            source=SOURCE,
            album=album_text(cells.get("album title")),
            played_seconds=played_seconds,
            skipped=was_skipped(played_seconds, None),
            isrc=isrc(cells.get("isrc")),
        )
    )


def _text(cells: Cells, column: str) -> str:
    value = cells.get(column)
    # A song called 1999 is a number to a spreadsheet.
    return required_text(str(value) if isinstance(value, int | float) else value, column)


def _time(value: Any, options: ReadingOptions) -> datetime:
    zone = options.time_zone or UTC
    if isinstance(value, datetime):
        return in_utc(value, "date", zone)
    if isinstance(value, str):
        return iso_moment(value, "date", zone)
    raise RowProblem("date is not a time")
