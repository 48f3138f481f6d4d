"""What players tell of a play: that it began, goes on, was skipped or came to its end, which makes it a listen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.errors import Conflict, InvalidRequest, NotFound
from service.library.visibility import visible_to
from service.listening.listens import ListenEvent, record_listen, was_skipped
from service.store.ids import new_id
from service.store.tables import PlaybackEvent, Track, utc_now
from service.store.texts import is_name

PlaybackKind = Literal["start", "progress", "skip", "end"]
SOURCE = "player"
MOST_EVENTS = 200
_PLAY_KEY_MAX_CHARACTERS = 64
_CLOCKS_DIFFER = timedelta(hours=1)
_LONGEST_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class PlaybackTold:
    """One event. ``play_key`` is the player's own name for the play; ``happened_at`` is timezone-aware."""

    track_id: str
    play_key: str
    kind: str
    position_seconds: float
    happened_at: datetime


def record_playback(db_session: Session, user_id: str, events: Sequence[PlaybackTold]) -> int:
    """Stores the events that are not there yet, all or none; returns how many were new.

    The first skip or end of a play makes it a listen: a skip if so little was heard that it does not count. Raises
    InvalidRequest (``bad_playback_event``, ``too_many_events``), Conflict (``time_to_come``) and NotFound
    (``unknown_track``).
    """
    if len(events) > MOST_EVENTS:
        raise InvalidRequest(f"At most {MOST_EVENTS} events are taken at once.", code="too_many_events")
    for event in events:
        _check(event)
    tracks = _tracks(db_session, user_id, {event.track_id for event in events})
    return sum(_record(db_session, user_id, event, tracks[event.track_id]) for event in events)


def _check(event: PlaybackTold) -> None:
    problem = None
    if event.kind not in get_args(PlaybackKind):
        problem = "A playback event is a start, progress, skip or end."
    elif not is_name(event.play_key, _PLAY_KEY_MAX_CHARACTERS):
        problem = f"A play's key is one line of 1 to {_PLAY_KEY_MAX_CHARACTERS} characters."
    elif not (math.isfinite(event.position_seconds) and 0.0 <= event.position_seconds <= _LONGEST_SECONDS):
        problem = "A position is a number of seconds from 0 to a week."
    elif event.happened_at.tzinfo is None:
        problem = "A playback event needs a time with a zone."
    if problem:
        raise InvalidRequest(problem, code="bad_playback_event")
    # Not wrong in itself, but at present: a clock may be ahead, and the event can be told again later.
    if event.happened_at > utc_now() + _CLOCKS_DIFFER:
        raise Conflict("A playback event's time is still to come.", code="time_to_come")


def _tracks(db_session: Session, user_id: str, track_ids: set[str]) -> dict[str, Track]:
    found = db_session.scalars(select(Track).where(Track.id.in_(track_ids), visible_to(user_id)))
    tracks = {track.id: track for track in found}
    if len(tracks) < len(track_ids):
        raise NotFound("There is no such track.", code="unknown_track")
    return tracks


def _record(db_session: Session, user_id: str, event: PlaybackTold, track: Track) -> bool:
    earlier = {
        row.kind: row.happened_at
        for row in db_session.execute(
            select(PlaybackEvent.kind, PlaybackEvent.happened_at).where(
                PlaybackEvent.user_id == user_id, PlaybackEvent.play_key == event.play_key
            )
        )
    }
    insert = postgresql.insert if db_session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = db_session.execute(
        insert(PlaybackEvent)
        .values(
            id=new_id(),
            user_id=user_id,
            track_id=event.track_id,
            play_key=event.play_key,
            kind=event.kind,
            position_seconds=event.position_seconds,
            happened_at=event.happened_at,
        )
        .on_conflict_do_nothing()
        .returning(PlaybackEvent.id)
    ).scalar()
    if added is None:
        return False
    if event.kind in ("skip", "end") and not {"skip", "end"} & earlier.keys():
        began_at = earlier.get("start") or event.happened_at - timedelta(seconds=event.position_seconds)
        record_listen(
            db_session,
            user_id,
            ListenEvent(
                began_at,
                track.title or track.display_path.rsplit("/", 1)[-1],
                track.artist or "",
                SOURCE,
                album=track.album,
                played_seconds=event.position_seconds,
                track_seconds=track.duration_seconds,
                skipped=was_skipped(event.position_seconds, track.duration_seconds),
                recording_mbid=track.recording_mbid,
                isrc=track.isrc,
                track_id=track.id,
            ),
        )
    return True
