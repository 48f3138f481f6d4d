"""Thumbs: one row a press, the latest of a listener and track in force, so that taking one back is exact."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.library.visibility import find_track
from service.listening.list_revisions import list_changed
from service.operations.job_queue import enqueue
from service.operations.job_requests import train_ranker
from service.store.tables import Job, Thumb

ThumbValue = Literal["up", "down", "clear"]

THUMBS_TO_LEARN_FROM = 20
"""So many new ones in the house, and the ranker is trained without waiting for the night."""

_IDS_IN_A_QUERY = 500


def set_thumb(
    db_session: Session,
    user_id: str,
    track_id: str,
    value: str,
    *,
    context: str | None = None,
    position_seconds: float | None = None,
    import_id: str | None = None,
) -> bool:
    """Puts a thumb in force, or with "clear" none; returns whether anything changed.

    ``context`` says where it was pressed, such as "list", and ``position_seconds`` how far the track had played;
    ``import_id`` is the history file it came in with. Raises InvalidRequest for another value, NotFound when this listener has no such track.
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
            import_id=import_id,
        )
    )
    list_changed(db_session, user_id)
    db_session.flush()
    if _enough_to_learn_from(db_session):
        enqueue(db_session, train_ranker())
    return True


def _enough_to_learn_from(db_session: Session) -> bool:
    """Whether the house pressed enough thumbs since the ranker was last trained, or began to be."""
    begun = db_session.scalar(select(func.max(Job.started_at)).where(Job.kind == "train_ranker"))
    # Ids grow with time, so the newest thumbs are at the end of the primary key.
    newest = select(Thumb.created_at).order_by(Thumb.id.desc()).offset(THUMBS_TO_LEARN_FROM - 1).limit(1)
    oldest_of_them = db_session.scalar(newest)
    return oldest_of_them is not None and (begun is None or oldest_of_them > begun)


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


def house_thumbs(
    db_session: Session, user_id: str, track_ids: Sequence[str], until: datetime
) -> dict[str, tuple[int, int]]:
    """Track id -> how many of the others have a thumb up and how many down, in force at that moment.

    Of a moment that has passed it is always the same, so that this listener's list does not change by others' thumbs while
    it stands.
    """
    in_force: dict[tuple[str, str], str] = {}
    for start in range(0, len(track_ids), _IDS_IN_A_QUERY):
        rows = db_session.execute(
            select(Thumb.track_id, Thumb.user_id, Thumb.value)
            .where(
                Thumb.track_id.in_(track_ids[start : start + _IDS_IN_A_QUERY]),
                Thumb.user_id != user_id,
                Thumb.created_at <= until,
            )
            .order_by(Thumb.id)
        )
        in_force |= {(row.track_id, row.user_id): row.value for row in rows}
    counted: dict[str, tuple[int, int]] = {}
    for (track_id, _), value in in_force.items():
        ups, downs = counted.get(track_id, (0, 0))
        counted[track_id] = (ups + (value == "up"), downs + (value == "down"))
    return counted
