"""What a listener did with tracks: thumbs with their times, how often and when they were heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from service.store.tables import Listen, Thumb, Track

_IDS_IN_A_QUERY = 500


@dataclass(frozen=True)
class TrackFacts:
    """Of one track. ``thumb`` is "up", "down" or None, in force since ``thumbed_at``; skips are no plays."""

    thumb: str | None = None
    thumbed_at: datetime | None = None
    plays: int = 0
    played_at: datetime | None = None


NOTHING_DONE = TrackFacts()


def facts_of(db_session: Session, user_id: str, track_ids: Sequence[str]) -> dict[str, TrackFacts]:
    """Track id -> facts, for those of these tracks of which there are any."""
    found: dict[str, TrackFacts] = {}
    distinct = list(dict.fromkeys(track_ids))
    for start in range(0, len(distinct), _IDS_IN_A_QUERY):
        some = distinct[start : start + _IDS_IN_A_QUERY]
        thumbs = {
            row.track_id: row for row in db_session.execute(_thumbs(user_id).where(Thumb.track_id.in_(some)))
        }
        plays = {
            row.track_id: row for row in db_session.execute(_plays(user_id).where(Listen.track_id.in_(some)))
        }
        for track_id in thumbs.keys() | plays.keys():
            thumb, play = thumbs.get(track_id), plays.get(track_id)
            found[track_id] = TrackFacts(
                thumb.value if thumb else None,
                thumb.created_at if thumb else None,
                play.plays if play else 0,
                play.played_at if play else None,
            )
    return found


def thumbed_up(db_session: Session, user_id: str) -> list[str]:
    """The tracks with a thumb up, the latest first."""
    rows = db_session.execute(_thumbs(user_id).where(Thumb.value == "up").order_by(Thumb.id.desc()))
    return [row.track_id for row in rows]


def most_played(db_session: Session, user_id: str, artist_key: str, *, limit: int) -> list[str]:
    """The tracks of the artist of this key that the listener played most, most first."""
    ranked = (
        _plays(user_id)
        .join(Track, Track.id == Listen.track_id)
        .where(Track.artist_text == artist_key)
        .order_by(func.count().desc(), Listen.track_id)
        .limit(limit)
    )
    return [row.track_id for row in db_session.execute(ranked)]


def albums_by_listening(
    db_session: Session, user_id: str, by: Literal["plays", "latest", "thumbs"], *, limit: int, offset: int
) -> list[str]:
    """Keys of albums: those played most, played last, or with most thumbs up, first."""
    counted = select(Track.album_text).where(Track.album_text > "").group_by(Track.album_text)
    if by == "thumbs":
        counted = counted.join(Thumb, Thumb.track_id == Track.id).where(
            Thumb.user_id == user_id, Thumb.id.in_(_in_force(user_id)), Thumb.value == "up"
        )
    else:
        counted = counted.join(Listen, Listen.track_id == Track.id).where(
            Listen.user_id == user_id, Listen.skipped.is_(False)
        )
    rank = func.max(Listen.listened_at) if by == "latest" else func.count()
    return list(
        db_session.scalars(counted.order_by(rank.desc(), Track.album_text).limit(limit).offset(offset))
    )


def _in_force(user_id: str) -> Select[str]:
    return select(func.max(Thumb.id)).where(Thumb.user_id == user_id).group_by(Thumb.track_id)


def _thumbs(user_id: str) -> Select[str, str, datetime]:
    return select(Thumb.track_id, Thumb.value, Thumb.created_at).where(
        Thumb.id.in_(_in_force(user_id)), Thumb.value != "clear"
    )


def _plays(user_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(Listen.track_id, func.count().label("plays"), func.max(Listen.listened_at).label("played_at"))
        .where(Listen.user_id == user_id, Listen.skipped.is_(False))
        .group_by(Listen.track_id)
    )
