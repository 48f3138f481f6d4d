"""Jobs as people look through them, newest first."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import Job


def list_jobs(
    db_session: Session,
    user_id: str | None,
    *,
    state: str | None = None,
    kind: str | None = None,
    before_id: str | None = None,
    limit: int,
) -> list[Job]:
    """At most ``limit`` of a listener's jobs, or with None of everybody's and the house's."""
    jobs = select(Job).order_by(Job.id.desc()).limit(limit)
    if user_id is not None:
        jobs = jobs.where(Job.user_id == user_id)
    if state is not None:
        jobs = jobs.where(Job.state == state)
    if kind is not None:
        jobs = jobs.where(Job.kind == kind)
    if before_id is not None:
        jobs = jobs.where(Job.id < before_id)
    return list(db_session.scalars(jobs))
