"""Where a listener stopped: the tracks they had before them and the place in one, to go on with in another app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.library.songs import songs_of
from service.listening.playlists import check_tracks
from service.store.tables import PlayQueue, Track, utc_now

MOST_TRACKS = 10_000
_APP_MAX_CHARACTERS = 120


@dataclass(frozen=True)
class SavedQueue:
    """The queue as it can be played at present; ``current`` is a place in ``tracks``, from 0."""

    tracks: list[Track]
    current: int | None
    position_seconds: float
    changed_at: datetime
    changed_by: str


def save_queue(
    db_session: Session,
    user_id: str,
    track_ids: Sequence[str],
    *,
    current: int | None,
    position_seconds: float,
    app: str,
) -> None:
    """Keeps the queue in place of the one before; without tracks none is kept.

    Raises InvalidRequest (``queue_too_long``, ``bad_queue_place``) and NotFound (``unknown_track``).
    """
    if len(track_ids) > MOST_TRACKS:
        raise InvalidRequest(f"A queue has at most {MOST_TRACKS} tracks.", code="queue_too_long")
    if (current is not None and not 0 <= current < len(track_ids)) or position_seconds < 0.0:
        raise InvalidRequest("The queue has no such place.", code="bad_queue_place")
    check_tracks(db_session, user_id, track_ids)
    db_session.execute(delete(PlayQueue).where(PlayQueue.user_id == user_id))
    if track_ids:
        db_session.add(
            PlayQueue(
                user_id=user_id,
                track_ids=list(track_ids),
                current_index=current,
                position_seconds=position_seconds,
                changed_at=utc_now(),
                changed_by=app[:_APP_MAX_CHARACTERS],
            )
        )
        db_session.flush()


def read_queue(db_session: Session, user_id: str) -> SavedQueue | None:
    """The queue that was kept last; None where there is none. Tracks that are gone since are left out."""
    row = db_session.get(PlayQueue, user_id)
    if row is None:
        return None
    tracks = songs_of(db_session, user_id, row.track_ids)
    current, position = None, 0.0
    if row.current_index is not None:
        known = {track.id for track in tracks}
        if row.track_ids[row.current_index] in known:
            current = sum(each in known for each in row.track_ids[: row.current_index])
            position = row.position_seconds
    return SavedQueue(tracks, current, position, row.changed_at, row.changed_by)
