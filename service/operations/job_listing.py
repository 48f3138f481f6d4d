"""Jobs as people look through them, newest first, and how one of them is told."""

from datetime import datetime
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import Job, utc_now

ShownState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]

SECONDS_BEFORE_ESTIMATE = 5.0
"""A rate measured over less says little about the time left."""


def shown_state(job: Job) -> ShownState:
    """How a job stands, in a word: a paused one is neither queued nor running to whoever paused it."""
    if job.paused_at is not None and job.state in ("queued", "running"):
        return "paused"
    return cast(ShownState, job.state)


def seconds_left(job: Job, now: datetime | None = None) -> float | None:
    """How long a running job will take yet, by what it has done so far; None where that says nothing."""
    if shown_state(job) != "running" or job.started_at is None or not 0.0 < job.progress < 1.0:
        return None
    passed = ((now or utc_now()) - job.started_at).total_seconds()
    if passed < SECONDS_BEFORE_ESTIMATE:
        return None
    return round(passed * (1.0 - job.progress) / job.progress, 1)


def is_at_work(db_session: Session, kind: str) -> bool:
    """Whether a job of this kind runs at present, whosever."""
    return (
        db_session.scalar(select(Job.id).where(Job.kind == kind, Job.state == "running").limit(1)) is not None
    )


def list_jobs(
    db_session: Session,
    user_id: str | None,
    *,
    state: str | None = None,
    kind: str | None = None,
    before_id: str | None = None,
    limit: int,
) -> list[Job]:
    """At most ``limit`` of a listener's jobs, or with None of everybody's and the house's; ``state`` as it is shown."""
    jobs = select(Job).order_by(Job.id.desc()).limit(limit)
    if user_id is not None:
        jobs = jobs.where(Job.user_id == user_id)
    if state == "paused":
        jobs = jobs.where(Job.paused_at.is_not(None))
    elif state is not None:
        jobs = jobs.where(Job.state == state, Job.paused_at.is_(None))
    if kind is not None:
        jobs = jobs.where(Job.kind == kind)
    if before_id is not None:
        jobs = jobs.where(Job.id < before_id)
    return list(db_session.scalars(jobs))
