"""Spotify's extended streaming history: ``Streaming_History_Audio_YYYY-YYYY_N.json``, formerly ``endsong_N.json``.

``ts`` is the end of the play, in UTC; it began ``ms_played`` earlier. There is no length of the track. Addresses,
countries and user agents stand in each row and are never looked at.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    OLDEST,
    RowProblem,
    album_text,
    iso_moment,
    optional_text,
    required_text,
    seconds_of_milliseconds,
)
from service.listening.history_files.json_rows import array_rows
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow
from service.listening.listens import SKIP_SECONDS_OF_UNKNOWN_LENGTH, ListenEvent

SOURCE = "spotify"
# Nobody chose to leave the track, and nothing was heard of it.
_FAILED = frozenset({"trackerror", "playbackerror"})


def recognises(entry: Entry) -> bool:
    """Whether the file's rows are of the extended history."""
    return all(key in entry.json_starts for key in (b'"ts"', b'"ms_played"', b'"reason_end"'))


def read(entries: Sequence[Entry], options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files, the oldest file first as their names sort."""
    for entry in entries:
        is_video = "_video_" in entry.base_name.lower()
        yield from array_rows(entry, "item", partial(_parse, options=options, is_video=is_video))


def _parse(item: Any, options: ReadingOptions, *, is_video: bool) -> HistoryRow:
    if not isinstance(item, dict):
        raise RowProblem("not an object")
    unwanted = "video" if is_video else _unwanted(item, options)
    if unwanted:
        return SkippedRow(unwanted)
    played_seconds = seconds_of_milliseconds(item.get("ms_played"))
    if played_seconds is None:
        raise RowProblem("ms_played is not a length")
    began_at = iso_moment(item.get("ts"), "ts") - timedelta(seconds=played_seconds)
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    reason_end = optional_text(item.get("reason_end"))
    if reason_end in _FAILED and played_seconds < SKIP_SECONDS_OF_UNKNOWN_LENGTH:
        return SkippedRow("playback_error")
    event = ListenEvent(
        listened_at=began_at,
        title=required_text(item.get("master_metadata_track_name"), "master_metadata_track_name"),
        artist=required_text(
            item.get("master_metadata_album_artist_name"), "master_metadata_album_artist_name"
        ),
        source=SOURCE,
        album=album_text(item.get("master_metadata_album_album_name")),
        played_seconds=played_seconds,
        # ListenBrainz' rule: what was left within half a minute was no listen, unless the track is that short.
        skipped=played_seconds < SKIP_SECONDS_OF_UNKNOWN_LENGTH and reason_end != "trackdone",
    )
    return ListenRow(event)


def _unwanted(item: dict[str, Any], options: ReadingOptions) -> str | None:
    if item.get("incognito_mode") is True and not options.include_private:
        return "incognito"
    if optional_text(item.get("master_metadata_track_name")) is not None:
        return None
    if item.get("episode_name") or item.get("spotify_episode_uri"):
        return "podcast"
    if any(name.startswith("audiobook") and value for name, value in item.items()):
        return "audiobook"
    return "no_track_named"
