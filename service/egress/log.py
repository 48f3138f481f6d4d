"""The list of all that left the house: a row is written before anything is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.store.database import Database
from service.store.tables import EgressRequest

KEPT = timedelta(days=365)


@dataclass(frozen=True)
class Errand:
    """What goes out for which feature, and for which listener if it is for one."""

    feature: str
    user_id: str | None = None


class EgressLog:
    """Where requests are written down. What is written stays, whatever comes of the work they were sent for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, errand: Errand, host: str, method: str, path: str, sent_bytes: int) -> str:
        """The id of the row of a request that is about to be sent. ``path`` has no query."""
        row = EgressRequest(
            feature=errand.feature,
            user_id=errand.user_id,
            host=host,
            method=method,
            path=path,
            sent_bytes=sent_bytes,
        )
        with self._database.session() as db_session:
            db_session.add(row)
            db_session.flush()
            return row.id

    def end(self, row_id: str, status: int | None, received_bytes: int) -> None:
        """What came back: a status and the bytes of the body, as far as they were read."""
        values = {"status": status, "received_bytes": received_bytes}
        with self._database.session() as db_session:
            db_session.execute(update(EgressRequest).where(EgressRequest.id == row_id).values(values))


def list_requests(
    db_session: Session, *, before_id: str | None = None, limit: int = 50
) -> list[EgressRequest]:
    """What left the house, newest first."""
    wanted = select(EgressRequest).order_by(EgressRequest.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(EgressRequest.id < before_id)
    return list(db_session.scalars(wanted))


def forget_old_requests(db_session: Session, now: datetime) -> int:
    """Delete the rows of a year ago and earlier; return how many."""
    old = delete(EgressRequest).where(EgressRequest.created_at < now - KEPT).returning(EgressRequest.id)
    return len(db_session.scalars(old).all())
