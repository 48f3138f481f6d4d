"""Maloja's export, ``maloja_export_*.json``: ``scrobbles``, each with its track; times and lengths in seconds."""

from collections.abc import Iterator, Sequence
from typing import Any

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    OLDEST,
    RowProblem,
    album_text,
    dictionary,
    moment,
    optional_seconds,
    optional_text,
    required_text,
)
from service.listening.history_files.json_rows import array_rows
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow
from service.listening.listens import ListenEvent, was_skipped

SOURCE = "maloja"


def recognises(entry: Entry) -> bool:
    """Whether the file has Maloja's scrobbles."""
    start = entry.json_starts
    return b'"scrobbles"' in start and (b'"maloja"' in start or b'"artists"' in start)


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files."""
    for entry in entries:
        yield from array_rows(entry, "scrobbles.item", _parse)


def _parse(item: Any) -> HistoryRow:
    if not isinstance(item, dict):
        raise RowProblem("not an object")
    track = item.get("track")
    if not isinstance(track, dict):
        raise RowProblem("no track")
    began_at = moment(item.get("time"), "time")
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    told = track.get("artists")
    artists = [optional_text(name) for name in told] if isinstance(told, list) else []
    track_seconds = optional_seconds(track.get("length")) or None
    played_seconds = optional_seconds(item.get("duration"))
    return ListenRow(
        ListenEvent(
            listened_at=began_at,
            title=required_text(track.get("title"), "title"),
            artist=required_text(", ".join(name for name in artists if name), "artists"),
            source=SOURCE,
            album=album_text(dictionary(track.get("album")).get("albumtitle")),
            played_seconds=played_seconds,
            track_seconds=track_seconds,
            skipped=was_skipped(played_seconds, track_seconds),
        )
    )
