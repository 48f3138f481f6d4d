"""Last.fm by ghan's exporter: ``recenttracks-USER-*.csv``, or ``.json`` with the pages of the API as they came.

A time is when the play began. Nothing tells how long it was, so there are no skips.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    MBID,
    OLDEST,
    RowProblem,
    album_text,
    code,
    dictionary,
    moment,
    required_text,
)
from service.listening.history_files.json_rows import array_rows
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow
from service.listening.history_files.tables import head_of, headed_rows
from service.listening.listens import ListenEvent

SOURCE = "lastfm"
_COLUMNS = frozenset({"uts", "artist", "track"})


def recognises(entry: Entry) -> bool:
    """Whether it is the table or the pages."""
    return head_of(entry) >= _COLUMNS or _has_pages(entry)


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files."""
    for entry in entries:
        if _has_pages(entry):
            yield from array_rows(entry, "item.track.item", _parse_track)
        else:
            yield from headed_rows(entry, _parse_cells)


def lastfm_listen(*, time: Any, title: Any, artist: Any, album: Any, mbid: Any) -> HistoryRow:
    """The row of a scrobble, whose time is in seconds since 1970. Raises RowProblem."""
    began_at = moment(time, "its time")
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    return ListenRow(
        ListenEvent(
            listened_at=began_at,
            title=required_text(title, "track"),
            artist=required_text(artist, "artist"),
            source=SOURCE,
            album=album_text(album),
            recording_mbid=code(mbid, MBID),
        )
    )


def _has_pages(entry: Entry) -> bool:
    start = entry.json_starts
    return start.startswith(b"[") and b'"track"' in start and b'"#text"' in start


def _parse_cells(cells: dict[str, str]) -> HistoryRow:
    if not cells.get("uts", "").strip():
        return SkippedRow("playing_now")
    return lastfm_listen(
        time=cells["uts"],
        title=cells.get("track"),
        artist=cells.get("artist"),
        album=cells.get("album"),
        mbid=cells.get("track_mbid"),
    )


def _parse_track(item: Any) -> HistoryRow:
    if not isinstance(item, dict):
        raise RowProblem("not an object")
    if dictionary(item.get("@attr")).get("nowplaying"):
        return SkippedRow("playing_now")
    artist = dictionary(item.get("artist"))
    return lastfm_listen(
        time=dictionary(item.get("date")).get("uts"),
        title=item.get("name"),
        # The API calls it so, or by its own name where more was asked for.
        artist=artist.get("#text") or artist.get("name"),
        album=dictionary(item.get("album")).get("#text"),
        mbid=item.get("mbid"),
    )
