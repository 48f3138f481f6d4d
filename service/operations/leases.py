"""Taking jobs up and giving them back: each running job is leased to one worker, which says now and then that it lives.

A worker that is killed says nothing more; its jobs are taken up again when their lease is over, or at once by a worker on
the same machine, which sees that the process is gone. The fence grows with each claim, and whoever holds an older one
can store nothing (`service.operations.fence`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.errors import Cancelled, HomespunError
from service.operations.fence import Fence
from service.operations.job_queue import end_job, enqueue, failure_of
from service.operations.job_requests import JobRequest
from service.operations.process_names import is_gone
from service.store.tables import Job, utc_now

LEASE = timedelta(seconds=12)
"""Four heartbeats and some."""

HEARTBEAT_SECONDS = 2.5

FIRST_WAIT = timedelta(seconds=5)
"""Before the second attempt; each further one waits four times as long."""

CLAIMS_AN_ATTEMPT = 10
"""So many times as often as it may fail a job may be taken up again after its worker died."""

Wish = Literal["called off", "stand aside"]
"""What a running job may be asked to do: end for good, or go back to the queue."""

_WORTH_ANOTHER_TRY = frozenset({"store_busy", "database_unreachable", "storage_full", "disk_error"})


@dataclass(frozen=True)
class Claim:
    """A job that is this worker's to do."""

    fence: Fence
    kind: str
    payload: dict[str, Any]
    priority: int


@dataclass(frozen=True)
class Failure:
    """How an attempt ended; `again` says that another one may end better."""

    state: str
    error_code: str
    error: str
    again: bool

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """What is wrong with the request stays wrong; what nobody foresaw, and a busy store, may pass."""
        again = not isinstance(error, (HomespunError, Cancelled)) or error.code in _WORTH_ANOTHER_TRY
        return cls(**failure_of(error), again=again)


def claim(db_session: Session, worker: str) -> Claim | None:
    """Take up the most urgent job that is due and not paused: highest priority, then the longest due, then the oldest."""
    now = utc_now()
    job = db_session.scalars(
        select(Job)
        .where(Job.state == "queued", Job.paused_at.is_(None), _is_due(now))
        .order_by(Job.priority.desc(), func.coalesce(Job.run_after, Job.created_at), Job.id)
        .limit(1)
        # SQLite needs none of it: a session that may write is the only one.
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if job is None:
        return None
    job.state = "running"
    job.worker = worker
    job.lease_until = now + LEASE
    job.attempt += 1
    job.fence += 1
    job.started_at, job.finished_at = now, None
    job.error_code = job.error = None
    job.progress, job.progress_text = 0.0, ""
    job.revision += 1
    db_session.flush()
    return Claim(Fence(job.id, job.fence), job.kind, dict(job.payload), job.priority)


def most_urgent(db_session: Session) -> int | None:
    """The highest priority among jobs that are due and not paused, or None."""
    due = select(func.max(Job.priority)).where(
        Job.state == "queued", Job.paused_at.is_(None), _is_due(utc_now())
    )
    return db_session.scalar(due)


def beat(db_session: Session, fence: Fence, progress: tuple[float, str] | None = None) -> Wish | None:
    """Say that the worker lives, and how far it is; gives what a person wished of the job meanwhile.

    Raises LostLease.
    """
    job = fence.hold(db_session)
    job.lease_until = utc_now() + LEASE
    if progress is not None and progress != (job.progress, job.progress_text):
        job.progress, job.progress_text = progress
        job.revision += 1
    if job.cancel_requested:
        return "called off"
    return None if job.paused_at is None else "stand aside"


def finish(
    db_session: Session, fence: Fence, result: dict[str, Any], follow_ups: Sequence[JobRequest] = ()
) -> None:
    """Write that the job is done, and queue what follows it, at no lower a priority. Raises LostLease.

    A pause that came too late for the job holds its continuation, which is of the same kind.
    """
    job = fence.hold(db_session)
    paused_at = job.paused_at
    end_job(db_session, job, "done", result=result)
    for request in follow_ups:
        priority = max(request.priority, job.priority)
        following = enqueue(db_session, replace(request, parent_id=job.id, priority=priority))
        if following.kind == job.kind and following.paused_at is None:
            following.paused_at = paused_at


def fail(db_session: Session, fence: Fence, failure: Failure) -> None:
    """Write how an attempt ended; the job is queued again where that is worth it. Raises LostLease."""
    job = fence.hold(db_session)
    if failure.again and job.attempt < job.max_attempts and not job.cancel_requested:
        _queue_again(db_session, job, utc_now() + FIRST_WAIT * 4 ** (job.attempt - 1))
        job.error_code, job.error = failure.error_code, failure.error
    else:
        end_job(db_session, job, failure.state, error_code=failure.error_code, error=failure.error)


def stand_aside(db_session: Session, fence: Fence) -> None:
    """Give the job back unfinished through no fault of its own: the attempt does not count. Raises LostLease."""
    job = fence.hold(db_session)
    if job.cancel_requested:
        end_job(db_session, job, "cancelled", error_code="cancelled", error="Called off.")
        return
    job.attempt -= 1
    _queue_again(db_session, job, job.run_after)


def take_back(db_session: Session, fence: Fence) -> None:
    """Take a job back whose process died while it ran. Raises LostLease."""
    _take_back(db_session, fence.hold(db_session))


def reap(db_session: Session, *, gone: Callable[[str], bool] = is_gone) -> int:
    """Take back the jobs of workers that fell silent or, here, are `gone`; return how many.

    That a whole worker died is hardly the job's doing, so the attempt does not count, within reason: a job that takes
    the machine down each time is given up in the end.
    """
    running = db_session.scalars(
        select(Job).where(Job.state == "running").with_for_update(skip_locked=True)
    ).all()
    now = utc_now()
    dead = [
        job
        for job in running
        if job.worker is None or job.lease_until is None or job.lease_until < now or gone(job.worker)
    ]
    for job in dead:
        if job.fence < CLAIMS_AN_ATTEMPT * job.max_attempts:
            job.attempt -= 1
        _take_back(db_session, job)
    return len(dead)


def _is_due(now: datetime) -> Any:
    return or_(Job.run_after.is_(None), Job.run_after <= now)


def _take_back(db_session: Session, job: Job) -> None:
    if job.cancel_requested:
        end_job(db_session, job, "cancelled", error_code="cancelled", error="Called off.")
    elif job.attempt < job.max_attempts:
        _queue_again(db_session, job, None)
    else:
        sentence = f"The process that did this died, {job.attempt} times in all."
        end_job(db_session, job, "failed", error_code="worker_died", error=sentence)


def _queue_again(db_session: Session, job: Job, run_after: datetime | None) -> None:
    if job.singleton_key is not None:
        same = db_session.scalar(
            select(Job).where(Job.singleton_key == job.singleton_key, Job.state == "queued").with_for_update()
        )
        if same is not None:
            if same.paused_at is None and job.paused_at is not None:
                same.paused_at = job.paused_at
                same.revision += 1
            sentence = "The same is queued once more, and will do this one's work."
            end_job(db_session, job, "cancelled", error_code="superseded", error=sentence)
            return
    job.state = "queued"
    job.worker = job.lease_until = None
    job.run_after = run_after
    job.progress, job.progress_text = 0.0, ""
    job.revision += 1
    db_session.flush()
