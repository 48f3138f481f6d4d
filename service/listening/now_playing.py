"""What is playing now, as apps tell it that have no name of their own for a play."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.library.songs import songs_of
from service.library.visibility import find_track
from service.listening.listens import was_skipped
from service.listening.playback import PlaybackTold, record_playback
from service.store.ids import new_id
from service.store.tables import PlaybackEvent, Track, utc_now

PlayingState = Literal["starting", "playing", "paused", "stopped"]
# Of an app's name, what a play's key has room for beside an id.
_APP_MAX_CHARACTERS = 30
# A play that was not heard of for so long is over.
_OVER_AFTER = timedelta(hours=12)
_LONGEST_PLAY = timedelta(hours=1)
_STILL_PLAYING = timedelta(minutes=10)


@dataclass(frozen=True)
class NowPlaying:
    """A track that an app of the listener's plays, since when, and how far it was when that was last told."""

    track: Track
    app: str
    since: datetime
    position_seconds: float


def tell_playing(
    db_session: Session, user_id: str, track_id: str, app: str, state: PlayingState, position_seconds: float
) -> None:
    """An app says what it plays, and how far it is; what has stopped becomes a listen.

    Raises NotFound (``unknown_track``) and InvalidRequest (``bad_playback_event``).
    """
    track = find_track(db_session, user_id, track_id)
    now = utc_now()
    begins = state == "starting"
    key = None if begins else _key_of_play(db_session, user_id, track_id, app, now)
    if key is None:
        key = _new_key(app)
        began_at = now - timedelta(seconds=min(position_seconds, track.duration_seconds))
        record_playback(db_session, user_id, [PlaybackTold(track_id, key, "start", 0.0, began_at)])
    if begins:
        return
    kind = "progress"
    if state == "stopped":
        kind = "skip" if was_skipped(position_seconds, track.duration_seconds) else "end"
    record_playback(db_session, user_id, [PlaybackTold(track_id, key, kind, position_seconds, now)])


def began_at(db_session: Session, user_id: str, track_id: str, app: str) -> datetime | None:
    """When the app began what it played last of this track, if it told; None where that was another play's start."""
    now = utc_now()
    key = _key_of_play(db_session, user_id, track_id, app, now)
    began = select(PlaybackEvent.happened_at).where(
        PlaybackEvent.user_id == user_id,
        PlaybackEvent.play_key == key,
        PlaybackEvent.kind == "start",
        PlaybackEvent.happened_at > now - _LONGEST_PLAY,
    )
    return db_session.scalar(began) if key is not None else None


def playing_now(db_session: Session, user_id: str) -> list[NowPlaying]:
    """What the listener's own apps play, the latest first; nobody sees what others hear."""
    now = utc_now()
    rows = db_session.scalars(
        select(PlaybackEvent)
        .where(PlaybackEvent.user_id == user_id, PlaybackEvent.happened_at > now - _OVER_AFTER)
        .order_by(PlaybackEvent.happened_at, PlaybackEvent.id)
    )
    plays: dict[str, list[PlaybackEvent]] = {}
    for row in rows:
        plays.setdefault(row.play_key, []).append(row)
    going_on = [events for events in plays.values() if events[-1].kind in ("start", "progress")]
    tracks = {
        track.id: track for track in songs_of(db_session, user_id, [each[0].track_id for each in going_on])
    }
    found = [
        NowPlaying(tracks[each[0].track_id], _app_of(key), each[0].happened_at, each[-1].position_seconds)
        for key, each in plays.items()
        if each in going_on
        and each[0].track_id in tracks
        and _may_still_play(each, tracks[each[0].track_id], now)
    ]
    # An app plays one thing at a time.
    latest = {playing.app: playing for playing in sorted(found, key=lambda playing: playing.since)}
    return sorted(latest.values(), key=lambda playing: playing.since, reverse=True)


def _may_still_play(events: list[PlaybackEvent], track: Track, now: datetime) -> bool:
    last = events[-1]
    left = timedelta(seconds=max(track.duration_seconds - last.position_seconds, 0.0))
    return now < last.happened_at + max(left, _STILL_PLAYING if last.kind == "progress" else timedelta(0))


def _new_key(app: str) -> str:
    return f"{new_id()} {app[:_APP_MAX_CHARACTERS]}".strip()


def _app_of(key: str) -> str:
    return key.partition(" ")[2]


def _key_of_play(db_session: Session, user_id: str, track_id: str, app: str, now: datetime) -> str | None:
    """The key of the play of this track that this app told of last and that has not ended."""
    rows = db_session.execute(
        select(PlaybackEvent.play_key, PlaybackEvent.kind)
        .where(
            PlaybackEvent.user_id == user_id,
            PlaybackEvent.track_id == track_id,
            PlaybackEvent.happened_at > now - _OVER_AFTER,
        )
        .order_by(PlaybackEvent.happened_at.desc(), PlaybackEvent.id.desc())
    )
    for key, kind in rows:
        if _app_of(key) == app[:_APP_MAX_CHARACTERS].strip():
            return None if kind in ("skip", "end") else key
    return None
