"""Jobs that nobody asks about any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.store.tables import Job

KEPT = timedelta(days=30)


def forget_old_jobs(db_session: Session, now: datetime) -> int:
    """Delete the rows of jobs that ended long ago; return how many."""
    is_over = Job.state.in_(("done", "failed", "cancelled"))
    old = delete(Job).where(is_over, Job.finished_at < now - KEPT).returning(Job.id)
    return len(db_session.scalars(old).all())
