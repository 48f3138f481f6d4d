"""Handshakes, what is heard now, and batches of what was: forms of one letter a field."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from service.errors import InvalidRequest
from service.listening.listens import ListenEvent
from service.listening.scrobbles import Scrobble, is_time_of_a_listen
from service.store.tables.base import utc_now
from service.store.texts import is_one_line

SOURCE = "audioscrobbler"
MOST_SCROBBLES = 50
_NAME_MAX_CHARACTERS = 1_000
_LONGEST_SECONDS = 24 * 86_400
_CLOCKS_DIFFER = timedelta(hours=1)
_NUMBERED = re.compile(r"([atiorlbnm])\[([0-9]{1,3})\]")
_SECONDS = re.compile(r"[0-9]{1,11}")
_MBID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_THUMBS: dict[str, Literal["up", "down"]] = {"L": "up", "B": "down"}
# A ban ends a track as a skip does.
_SKIPPED = frozenset({"S", "B"})


class Handshake(NamedTuple):
    """Who signs in: ``token`` is md5(md5(password) + timestamp)."""

    name: str
    timestamp: str
    token: str
    is_clock_right: bool


class Batch(NamedTuple):
    """The scrobbles that can be kept, and how many cannot: their time is no time of a listen, or they have no name."""

    scrobbles: list[Scrobble]
    left_out: int


def fields_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A form's fields. Of one that is there twice the last that says something: mpdscribble adds a rating so."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = value or fields.get(name, "")
    return fields


def read_handshake(query: Mapping[str, str]) -> Handshake:
    """Raises InvalidRequest (``bad_handshake``)."""
    if query.get("hs") != "true":
        raise InvalidRequest("Scrobblers of AudioScrobbler 1.2 shake hands here.", code="bad_handshake")
    if query.get("p", "").split(".")[:2] != ["1", "2"]:
        raise InvalidRequest("AudioScrobbler 1.2 is spoken here.", code="bad_handshake")
    timestamp = query.get("t", "")
    moment = _moment(timestamp)
    is_clock_right = moment is not None and abs(moment - utc_now()) <= _CLOCKS_DIFFER
    return Handshake(query.get("u", ""), timestamp, query.get("a", ""), is_clock_right)


def read_now_playing(form: Mapping[str, str], now: datetime) -> ListenEvent:
    """What began just now. Raises InvalidRequest (``bad_submission``)."""
    event = _event(form, now)
    if event is None:
        raise InvalidRequest("What is playing has an artist and a title.", code="bad_submission")
    return event


def read_batch(form: Mapping[str, str]) -> Batch:
    """A batch, in order.

    Raises InvalidRequest (``bad_submission``) for what is none. What cannot be kept is counted instead: the protocol has
    no way to refuse one of a batch, and a client sends a batch that failed again and again.
    """
    numbered: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        found = _NUMBERED.fullmatch(name)
        if found is not None:
            numbered.setdefault(int(found[2]), {})[found[1]] = value
    if not numbered:
        raise InvalidRequest("A submission has a[0], t[0] and i[0].", code="bad_submission")
    if len(numbered) > MOST_SCROBBLES:
        raise InvalidRequest(f"At most {MOST_SCROBBLES} are taken at once.", code="bad_submission")
    scrobbles = [_scrobble(told) for _, told in sorted(numbered.items())]
    kept = [scrobble for scrobble in scrobbles if scrobble is not None]
    return Batch(kept, len(scrobbles) - len(kept))


def _scrobble(told: Mapping[str, str]) -> Scrobble | None:
    moment, rating = _moment(told.get("i", "")), told.get("r", "").upper()
    if moment is None or not is_time_of_a_listen(moment):
        return None
    event = _event(told, moment, skipped=rating in _SKIPPED)
    return None if event is None else Scrobble(event, _THUMBS.get(rating))


def _event(told: Mapping[str, str], moment: datetime, *, skipped: bool = False) -> ListenEvent | None:
    artist, title, album = (told.get(name, "").strip() for name in "atb")
    if not artist or not title or not _is_text(artist) or not _is_text(title):
        return None
    length, mbid = told.get("l", ""), told.get("m", "")
    seconds = int(length) if _SECONDS.fullmatch(length) else 0
    return ListenEvent(
        listened_at=moment,
        title=title,
        artist=artist,
        source=SOURCE,
        album=album if album and _is_text(album) else None,
        track_seconds=float(seconds) if 0 < seconds <= _LONGEST_SECONDS else None,
        skipped=skipped,
        recording_mbid=mbid.lower() if _MBID.fullmatch(mbid) else None,
    )


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if _SECONDS.fullmatch(seconds) else None


def _is_text(text: str) -> bool:
    return len(text) <= _NAME_MAX_CHARACTERS and is_one_line(text)
