"""Spotify's account data: ``StreamingHistory_music_N.json``, formerly ``StreamingHistoryN.json``.

The last year only. ``endTime`` is the end of the play, in UTC and to the minute.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    OLDEST,
    RowProblem,
    in_utc,
    required_text,
    seconds_of_milliseconds,
)
from service.listening.history_files.json_rows import array_rows
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow
from service.listening.listens import ListenEvent, was_skipped

SOURCE = "spotify_account"


def recognises(entry: Entry) -> bool:
    """Whether the file's rows are of the account data's history, music or podcasts."""
    return b'"endTime"' in entry.json_starts and b'"msPlayed"' in entry.json_starts


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files."""
    for entry in entries:
        yield from array_rows(entry, "item", _parse)


def _parse(item: Any) -> HistoryRow:
    if not isinstance(item, dict):
        raise RowProblem("not an object")
    if "podcastName" in item or "episodeName" in item:
        return SkippedRow("podcast")
    played_seconds = seconds_of_milliseconds(item.get("msPlayed"))
    if played_seconds is None:
        raise RowProblem("msPlayed is not a length")
    began_at = _end(item.get("endTime")) - timedelta(seconds=played_seconds)
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    event = ListenEvent(
        listened_at=began_at,
        title=required_text(item.get("trackName"), "trackName"),
        artist=required_text(item.get("artistName"), "artistName"),
        source=SOURCE,
        played_seconds=played_seconds,
        skipped=was_skipped(played_seconds, None),
    )
    return ListenRow(event)


def _end(value: Any) -> datetime:
    try:
        return in_utc(datetime.strptime(str(value), "%Y-%m-%d %H:%M").replace(tzinfo=UTC), "endTime")
    except ValueError as error:
        raise RowProblem("endTime is not a time") from error
