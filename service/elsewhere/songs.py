"""A song of the other server, with what the listener did with it there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.elsewhere.client import told_id
from service.listening.history_files.fields import (
    MBID,
    OLDEST,
    RowProblem,
    album_text,
    code,
    iso_moment,
    isrc,
    optional_seconds,
    optional_text,
    required_text,
)

_MOST_PLAYS = 1_000_000
_UP, _DOWN, _HIGHEST_RATING = 4, 1, 5


@dataclass(frozen=True)
class RemoteSong:
    """A song as the other server tells of it. ``path`` may be made of names and be no file's."""

    id: str
    title: str
    artist: str
    album: str | None
    track_seconds: float | None
    isrc: str | None
    recording_mbid: str | None
    path: str | None
    plays: int
    played_at: datetime | None
    starred_at: datetime | None
    rating: int

    @property
    def thumb(self) -> Literal["up", "down"] | None:
        """A star, or four or five stars, is a thumb up; one is a thumb down. A star counts more than stars."""
        if self.starred_at is not None or self.rating >= _UP:
            return "up"
        return "down" if self.rating == _DOWN else None


@dataclass(frozen=True)
class UnreadableSong:
    """A song that cannot be read, by its number, and why."""

    number: int
    reason: str


def read_song(told: Any, number: int) -> RemoteSong | UnreadableSong:
    """The song that the server tells of as its ``number``-th."""
    try:
        return _parsed(told)
    except RowProblem as problem:
        return UnreadableSong(number, str(problem))


def _parsed(told: Any) -> RemoteSong:
    if not isinstance(told, dict):
        raise RowProblem("no song")
    song_id = told_id(told.get("id"))
    if song_id is None:
        raise RowProblem("no id")
    codes, played_at = told.get("isrc"), _moment(told, "played")
    plays = _whole(told, "playCount", _MOST_PLAYS)
    return RemoteSong(
        id=song_id,
        title=required_text(_name(told, "title"), "title"),
        artist=album_text(_name(told, "artist")) or "",
        album=album_text(_name(told, "album")),
        track_seconds=optional_seconds(told.get("duration")),
        isrc=next(filter(None, map(isrc, codes)), None) if isinstance(codes, list) else None,
        recording_mbid=code(told.get("musicBrainzId"), MBID),
        path=optional_text(told.get("path")),
        plays=max(plays, 1 if played_at is not None else 0),
        played_at=played_at,
        starred_at=_moment(told, "starred"),
        rating=_whole(told, "userRating", _HIGHEST_RATING),
    )


def _name(told: dict[str, Any], name: str) -> Any:
    """A name; in the JSON of old servers one like "1999" is a number."""
    value = told.get(name)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _whole(told: dict[str, Any], name: str, highest: int) -> int:
    value = told.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        raise RowProblem(f"{name} is not a number from 0 to {highest}")
    return value


def _moment(told: dict[str, Any], name: str) -> datetime | None:
    value = told.get(name)
    # The year 1 is how some servers write that there is none.
    if value is None or (isinstance(value, str) and value.startswith("0001-")):
        return None
    moment = iso_moment(value, name)
    return moment if moment >= OLDEST else None
