"""Last.fm's own archive of old: ``scrobbles.tsv``, ``loved_tracks.tsv``, ``banned_tracks.tsv``, ``bootstraps.tsv``.

All have the same columns, so that only a file's name says whether its rows are plays, thumbs or counts without times.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import MBID, code, moment, required_text
from service.listening.history_files.lastfm import lastfm_listen
from service.listening.history_files.rows import HistoryRow, ReadingOptions, SkippedRow, ThumbRow
from service.listening.history_files.tables import first, head_of, headed_rows

_COLUMNS = frozenset({"iso time", "unixtime", "track name", "artist name"})
_COUNT_COLUMNS = frozenset({"track name", "artist name"})


def recognises(entry: Entry) -> bool:
    """Whether it has the archive's columns."""
    head = head_of(entry, "\t")
    return head >= _COLUMNS or ("bootstrap" in entry.base_name.lower() and head >= _COUNT_COLUMNS)


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The plays, then the thumbs."""
    for entry in sorted(entries, key=lambda entry: _thumb(entry) is not None):
        thumb = _thumb(entry)
        if thumb is not None:
            yield from headed_rows(entry, partial(_parse_thumb, value=thumb), "\t")
        elif "bootstrap" in entry.base_name.lower():
            yield from headed_rows(entry, _skip_count, "\t")
        else:
            yield from headed_rows(entry, _parse_scrobble, "\t")


def _thumb(entry: Entry) -> Literal["up", "down"] | None:
    name = entry.base_name.lower()
    if "loved" in name:
        return "up"
    return "down" if "banned" in name else None


def _skip_count(_cells: dict[str, str]) -> SkippedRow:
    return SkippedRow("count_without_times")


def _parse_scrobble(cells: dict[str, str]) -> HistoryRow:
    return lastfm_listen(
        time=cells.get("unixtime"),
        title=first(cells, ("track name", "uncorrected track name")),
        artist=first(cells, ("artist name", "uncorrected artist name")),
        album=cells.get("album name"),
        mbid=cells.get("track mbid"),
    )


def _parse_thumb(cells: dict[str, str], value: Literal["up", "down"]) -> ThumbRow:
    return ThumbRow(
        value,
        moment(cells.get("unixtime"), "its time"),
        recording_mbid=code(cells.get("track mbid"), MBID),
        title=required_text(cells.get("track name"), "track"),
        artist=required_text(cells.get("artist name"), "artist"),
    )
