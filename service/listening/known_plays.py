"""Which plays a listener's history holds already, also where another service told of them a little differently.

Two rows are one play where the names are the same and

- they began in the same second; or
- one source is by the minute, and the other began within that minute; lengths that both know must agree to a second; or
- two sources to the second are half a minute apart at most, since each has its own idea of when a play began; or
- one source tells of the same length twice within half a minute, which Spotify's history does.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.listening.history_files.formats import SOURCES_BY_THE_MINUTE
from service.listening.listens import ListenEvent
from service.store.tables import Listen

MINUTE_SECONDS = 60
SAME_PLAY_SECONDS = 30
_LENGTHS_DIFFER_MS = 1_000
# Nobody begins one track so often within two minutes; a file that says so is not searched through again and again.
_MOST_IN_TWO_MINUTES = 100
_NAMES_DIGITS = 16
_ROWS_AT_A_TIME = 5_000


class _Play(NamedTuple):
    """When it began, in seconds; how long it was, in milliseconds or -1; and the source that told of it."""

    began: int
    played_ms: int
    source: str


class KnownPlays:
    """The plays of one listener, by the names of what was played."""

    def __init__(self, db_session: Session, user_id: str) -> None:
        self._plays: dict[int, list[_Play]] = defaultdict(list)
        self._sources: dict[str, str] = {}
        rows = db_session.execute(
            select(Listen.dedupe_key, Listen.source, Listen.played_seconds)
            .where(Listen.user_id == user_id)
            .execution_options(yield_per=_ROWS_AT_A_TIME)
        )
        for dedupe_key, source, played_seconds in rows:
            self._add(dedupe_key, source, played_seconds)
        for plays in self._plays.values():
            plays.sort()

    def take(self, event: ListenEvent) -> bool:
        """Whether this play is new; from now on it is known."""
        key = event.dedupe_key
        began, names = _parts(key)
        play = _Play(began, _milliseconds(event.played_seconds), event.source)
        plays = self._plays[names]
        first = bisect_left(plays, (began - MINUTE_SECONDS,))
        near = plays[first : bisect_left(plays, (began + MINUTE_SECONDS + 1,))]
        if len(near) >= _MOST_IN_TWO_MINUTES or any(_are_one(play, other) for other in near):
            return False
        insort(plays, play)
        return True

    def _add(self, dedupe_key: str, source: str, played_seconds: float | None) -> None:
        began, names = _parts(dedupe_key)
        # One text for all rows of a source.
        source = self._sources.setdefault(source, source)
        self._plays[names].append(_Play(began, _milliseconds(played_seconds), source))


def _are_one(one: _Play, other: _Play) -> bool:
    apart = abs(one.began - other.began)
    if apart == 0:
        return True
    lengths_known = one.played_ms >= 0 and other.played_ms >= 0
    lengths_agree = abs(one.played_ms - other.played_ms) <= _LENGTHS_DIFFER_MS
    if one.source == other.source:
        return lengths_known and one.played_ms == other.played_ms and apart <= SAME_PLAY_SECONDS
    if {one.source, other.source} & SOURCES_BY_THE_MINUTE:
        return apart < MINUTE_SECONDS and (lengths_agree or not lengths_known)
    return apart <= SAME_PLAY_SECONDS


def _milliseconds(seconds: float | None) -> int:
    return -1 if seconds is None else round(seconds * 1000)


def _parts(dedupe_key: str) -> tuple[int, int]:
    """The second and the names of a `ListenEvent.dedupe_key`."""
    second, _, digest = dedupe_key.partition(":")
    try:
        return int(second), int(digest[:_NAMES_DIGITS], 16)
    except ValueError:
        # A key of another making is like no other.
        return 0, hash(dedupe_key)
