"""Apple Music's ``Apple Music Play Activity.csv`` and ``Apple Music - Favorites.csv``, alone or in Apple's archives.

Columns differ from year to year, so they are looked for by name; those with a city, an address or a place on the map
are never looked at. Most years name no artist, who is then looked up in the other files of the archive.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from service.listening.history_files.apple_artists import AppleArtists, artists_of, names_artists
from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    OLDEST,
    RowProblem,
    album_text,
    iso_moment,
    required_text,
    seconds_of_milliseconds,
)
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow, ThumbRow
from service.listening.history_files.tables import first, head_of, headed_rows
from service.listening.listens import ListenEvent, was_skipped

SOURCE = "apple_music"
_ACTIVITY = frozenset({"event type", "play duration milliseconds"})
_FAVOURITES = frozenset({"favorite type", "item description", "preference"})
_TITLES = ("song name", "content name", "title")
_ARTISTS = ("artist name", "container artist name")
_ENDED_BY_ITSELF = frozenset({"NATURAL_END_OF_TRACK"})
_FAILED = frozenset({"FAILED_TO_LOAD"})
_PREFERENCES: dict[str, Literal["up", "down"]] = {
    "like": "up",
    "liked": "up",
    "favorite": "up",
    "dislike": "down",
    "disliked": "down",
}


def recognises(entry: Entry) -> bool:
    """Whether it has plays or favourites, or helps to know their artists."""
    return _is_activity(entry) or head_of(entry) >= _FAVOURITES or names_artists(entry)


def lacking(entries: Sequence[Entry]) -> str | None:
    """What to say where the files only help."""
    if any(_is_activity(entry) or head_of(entry) >= _FAVOURITES for entry in entries):
        return None
    return (
        "This file of Apple's has days and not the times of plays: give Apple_Media_Services.zip as it came, "
        "or the Apple Music Play Activity.csv in it."
    )


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The plays, then the favourites. Files that only help have no rows."""
    artists = artists_of(entries)
    for entry in entries:
        if _is_activity(entry):
            yield from headed_rows(entry, lambda cells: _parse(cells, artists))
    for entry in entries:
        if head_of(entry) >= _FAVOURITES:
            yield from headed_rows(entry, _parse_favourite)


def _is_activity(entry: Entry) -> bool:
    head = head_of(entry)
    return head >= _ACTIVITY and not head.isdisjoint(_TITLES)


def _parse(cells: dict[str, str], artists: AppleArtists) -> HistoryRow:
    unwanted = _unwanted(cells)
    if unwanted:
        return SkippedRow(unwanted)
    track_seconds = seconds_of_milliseconds(cells.get("media duration in milliseconds")) or None
    # Negative where a clock was set back, days where a device slept: nothing is known then.
    played_seconds = seconds_of_milliseconds(cells["play duration milliseconds"])
    if played_seconds is not None and track_seconds is not None:
        # The clock runs on while a track is paused.
        played_seconds = min(played_seconds, track_seconds)
    began_at = _began_at(cells, played_seconds)
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    title, album = (
        required_text(first(cells, _TITLES), "song name"),
        album_text(first(cells, ("album name",))),
    )
    artist = first(cells, _ARTISTS) or artists.find(title, album)
    ended_by_itself = cells.get("end reason type", "").strip() in _ENDED_BY_ITSELF
    return ListenRow(
        ListenEvent(
            listened_at=began_at,
            title=title,
            # Kept without one: title and album may still say which track it was.
            artist=required_text(artist, "artist") if artist else "",
            source=SOURCE,
            album=album,
            played_seconds=played_seconds,
            track_seconds=track_seconds,
            skipped=not ended_by_itself and was_skipped(played_seconds, track_seconds),
        )
    )


def _unwanted(cells: dict[str, str]) -> str | None:
    if cells.get("event type", "").strip() != "PLAY_END":
        return "not_the_end_of_a_play"
    if "VIDEO" in cells.get("media type", "").upper():
        return "video"
    if cells.get("end reason type", "").strip() in _FAILED:
        return "playback_error"
    if not first(cells, _TITLES):
        return "no_track_named"
    return None


def _began_at(cells: dict[str, str], played_seconds: float | None) -> datetime:
    start = first(cells, ("event start timestamp",))
    if start:
        return iso_moment(start, "event start timestamp")
    end = first(cells, ("event end timestamp", "event timestamp"))
    if not end or played_seconds is None:
        raise RowProblem("no event start timestamp")
    return iso_moment(end, "event end timestamp") - timedelta(seconds=played_seconds)


def _parse_favourite(cells: dict[str, str]) -> HistoryRow:
    if cells.get("favorite type", "").strip().upper() not in ("SONG", "TRACK"):
        return SkippedRow("favourite_other_than_a_song")
    value = _PREFERENCES.get(cells.get("preference", "").strip().lower())
    if value is None:
        raise RowProblem("an unknown preference")
    artist, _, title = cells.get("item description", "").partition(" - ")
    modified = first(cells, ("last modified", "created"))
    return ThumbRow(
        value,
        iso_moment(modified, "last modified") if modified else None,
        title=required_text(title, "song in the item description"),
        artist=required_text(artist, "artist in the item description"),
    )
