"""Thumbs: one row a press, the latest of a listener and track in force, so that taking one back is exact."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.library.visibility import find_track
from service.listening.list_revisions import list_changed
from service.store.tables import Thumb

ThumbValue = Literal["up", "down", "clear"]


def set_thumb(
    db_session: Session,
    user_id: str,
    track_id: str,
    value: str,
    *,
    context: str | None = None,
    position_seconds: float | None = None,
) -> bool:
    """Puts a thumb in force, or with "clear" none; returns whether anything changed.

    ``context`` says where it was pressed, such as "list", and ``position_seconds`` how far the track had played.
    Raises InvalidRequest for another value, NotFound when this listener has no such track.
    """
    if value not in get_args(ThumbValue):
        raise InvalidRequest("A thumb is up, down or clear.", code="unknown_thumb")
    find_track(db_session, user_id, track_id)
    latest = (
        select(Thumb.value)
        .where(Thumb.user_id == user_id, Thumb.track_id == track_id)
        .order_by(Thumb.id.desc())
        .limit(1)
    )
    if (db_session.scalar(latest) or "clear") == value:
        return False
    db_session.add(
        Thumb(
            user_id=user_id,
            track_id=track_id,
            value=value,
            context=context,
            position_seconds=position_seconds,
        )
    )
    list_changed(db_session, user_id)
    db_session.flush()
    return True


def thumbed_since(db_session: Session, user_id: str, track_id: str, moment: datetime) -> bool:
    """Whether the listener has set or cleared this track's thumb at that moment or later."""
    later = select(Thumb.id).where(
        Thumb.user_id == user_id, Thumb.track_id == track_id, Thumb.created_at >= moment
    )
    return db_session.scalar(later.limit(1)) is not None


def thumbs_in_force(db_session: Session, user_id: str) -> dict[str, str]:
    """Track id -> "up" or "down"; tracks whose thumb was cleared are left out."""
    latest = select(func.max(Thumb.id)).where(Thumb.user_id == user_id).group_by(Thumb.track_id)
    rows = db_session.execute(select(Thumb.track_id, Thumb.value).where(Thumb.id.in_(latest)))
    return {track_id: value for track_id, value in rows if value != "clear"}


def thumb_of(db_session: Session, user_id: str, track_ids: Collection[str]) -> dict[str, str]:
    """Track id -> "up" or "down", for those of these tracks that have a thumb in force."""
    latest = (
        select(func.max(Thumb.id))
        .where(Thumb.user_id == user_id, Thumb.track_id.in_(track_ids))
        .group_by(Thumb.track_id)
    )
    rows = db_session.execute(select(Thumb.track_id, Thumb.value).where(Thumb.id.in_(latest)))
    return {track_id: value for track_id, value in rows if value != "clear"}
