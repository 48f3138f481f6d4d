"""Scrobbles as they stand in parameters: ``track[0]``, ``artist[0]``, or without a number where there is one alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from service.errors import InvalidRequest
from service.listening.listens import ListenEvent
from service.listening.scrobbles import OLDEST, is_time_of_a_listen
from service.store.texts import is_one_line

SOURCE = "lastfm"
MOST_SCROBBLES = 50
_NAME_MAX_CHARACTERS = 1_000
_LONGEST_SECONDS = 24 * 86_400
_NUMBERED = re.compile(r"([A-Za-z]+)\[([0-9]{1,3})\]")
MBID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SECONDS = re.compile(r"[0-9]{1,11}")

# Last.fm's numbers for why a scrobble is not kept.
TAKEN, BAD_ARTIST, BAD_TRACK, TOO_OLD, TOO_NEW = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class TrackTold:
    """A track as it was told; ``event`` is None where it cannot be kept, and ``ignored`` says why."""

    title: str
    artist: str
    album: str
    album_artist: str
    timestamp: str
    event: ListenEvent | None
    ignored: int = TAKEN


def read_scrobbles(parameters: Mapping[str, str]) -> list[TrackTold]:
    """Each of a batch, in order. Raises InvalidRequest (``too_many_scrobbles``, ``no_scrobble``)."""
    numbered: dict[int, dict[str, str]] = {}
    for name, value in parameters.items():
        found = _NUMBERED.fullmatch(name)
        if found is not None:
            numbered.setdefault(int(found[2]), {})[found[1]] = value
    if not numbered and "track" in parameters:
        numbered[0] = dict(parameters)
    if not numbered:
        raise InvalidRequest("A scrobble has an artist, a track and a timestamp.", code="no_scrobble")
    if len(numbered) > MOST_SCROBBLES:
        raise InvalidRequest(
            f"At most {MOST_SCROBBLES} scrobbles are taken at once.", code="too_many_scrobbles"
        )
    return [_read(each, None) for _, each in sorted(numbered.items())]


def read_now_playing(parameters: Mapping[str, str], now: datetime) -> TrackTold:
    """What began just now."""
    return _read(parameters, now)


def is_text(text: str) -> bool:
    """Whether this can be the name of an artist, an album or a track, or none."""
    return len(text) <= _NAME_MAX_CHARACTERS and is_one_line(text)


def _read(told: Mapping[str, str], now: datetime | None) -> TrackTold:
    title, artist = told.get("track", "").strip(), told.get("artist", "").strip()
    album, album_artist = told.get("album", "").strip(), told.get("albumArtist", "").strip()
    timestamp = told.get("timestamp", "")
    moment, ignored = (now, TAKEN) if now is not None else _moment(timestamp)
    if not title or not is_text(title):
        ignored = BAD_TRACK
    elif not artist or not is_text(artist):
        ignored = BAD_ARTIST
    event = None
    if moment is not None and ignored == TAKEN:
        mbid = told.get("mbid", "")
        event = ListenEvent(
            listened_at=moment,
            title=title,
            artist=artist,
            source=SOURCE,
            album=album if album and is_text(album) else None,
            track_seconds=_length(told.get("duration", "")),
            recording_mbid=mbid.lower() if MBID.fullmatch(mbid) else None,
        )
    return TrackTold(title, artist, album, album_artist, timestamp, event, ignored)


def _moment(timestamp: str) -> tuple[datetime | None, int]:
    if not _SECONDS.fullmatch(timestamp):
        return None, TOO_OLD
    moment = datetime.fromtimestamp(int(timestamp), UTC)
    if is_time_of_a_listen(moment):
        return moment, TAKEN
    return None, TOO_OLD if moment < OLDEST else TOO_NEW


def _length(duration: str) -> float | None:
    seconds = int(duration) if _SECONDS.fullmatch(duration) else 0
    return float(seconds) if 0 < seconds <= _LONGEST_SECONDS else None
