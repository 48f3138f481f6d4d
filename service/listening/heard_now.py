"""What scrobblers tell of the present: what is heard now, and how far they have brought another service's listens over."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.listening.listens import ListenEvent
from service.store.tables import HeardNow, ImportMark
from service.store.tables.base import utc_now

# How long something of unknown length is taken to go on.
_UNKNOWN_LENGTH = timedelta(minutes=10)


def tell_heard_now(db_session: Session, user_id: str, event: ListenEvent) -> None:
    """This began just now, and whatever was heard before is over."""
    length = timedelta(seconds=event.track_seconds) if event.track_seconds else _UNKNOWN_LENGTH
    db_session.merge(
        HeardNow(
            user_id=user_id,
            source=event.source,
            title=event.title,
            artist=event.artist,
            album=event.album,
            track_seconds=event.track_seconds,
            recording_mbid=event.recording_mbid,
            began_at=event.listened_at,
            ends_at=event.listened_at + length,
        )
    )
    db_session.flush()


def heard_now(db_session: Session, user_id: str) -> HeardNow | None:
    """What goes on at present; None when it has come to its end."""
    return db_session.scalar(
        select(HeardNow).where(HeardNow.user_id == user_id, HeardNow.ends_at > utc_now())
    )


def mark_import(db_session: Session, user_id: str, service: str, latest_at: datetime) -> None:
    """Listens of that service are here up to this moment. A mark set back is set back: that is how one begins anew."""
    db_session.merge(ImportMark(user_id=user_id, service=service, latest_at=latest_at))
    db_session.flush()


def import_mark(db_session: Session, user_id: str, service: str) -> datetime | None:
    """Up to when listens of that service are here, as was last told."""
    return db_session.scalar(
        select(ImportMark.latest_at).where(ImportMark.user_id == user_id, ImportMark.service == service)
    )
