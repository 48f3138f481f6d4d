"""The demo beside a running service: its stages are queued for the worker, one after the other."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from service.demo.stages import DOING, Stage, remaining_stages
from service.operations.job_queue import enqueue
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Job, utc_now

Say = Callable[[str], None]

_LOOK_SECONDS = 0.25
_SECONDS_BETWEEN_LINES = 10.0
_LONGEST_LEASE = timedelta(minutes=5)


def follow_stages(database: Database, settings: Settings, now: datetime, say: Say) -> Iterator[None]:
    """Have a worker do what no former run has done, and tell about it; yields many times a second meanwhile.

    Stopped at any time and begun again, it goes on where it was. A job that fails is told of and passed over.
    """
    # What a former run asked for is not asked for twice.
    yield from _until_over(database, _open_jobs(database), say)
    for stage in remaining_stages(database, settings, now, desk=True):
        yield from _until_over(database, _enqueued(database, stage), say)


def _enqueued(database: Database, stage: Stage) -> list[str]:
    with database.session() as db_session:
        return [enqueue(db_session, request).id for request in stage.requests]


def _open_jobs(database: Database) -> list[str]:
    now = utc_now()
    # A longer lease is that of a job nobody's worker does, which may have been killed.
    is_worked_on = and_(Job.state == "running", Job.lease_until < now + _LONGEST_LEASE)
    is_due = and_(Job.state == "queued", or_(Job.run_after.is_(None), Job.run_after <= now))
    with database.session(read_only=True) as db_session:
        return list(
            db_session.scalars(select(Job.id).where(or_(is_worked_on, is_due), Job.repeat_seconds.is_(None)))
        )


def _until_over(database: Database, job_ids: Sequence[str], say: Say) -> Iterator[None]:
    """Until these jobs, and those that follow from them, are over."""
    telling = _Telling(say)
    while True:
        jobs = _with_followers(database, job_ids)
        telling.tell(jobs)
        if not any(job.state in ("queued", "running") for job in jobs):
            return
        look_at = time.monotonic() + _LOOK_SECONDS
        while time.monotonic() < look_at:
            yield


class _Telling:
    """Puts into a few lines how some jobs stand: what has begun, what has ended, and what takes long."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._told_at = time.monotonic()

    def tell(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if job.state == "running":
                self._tell_running(job)
            elif job.state in ("done", "failed") and job.id not in self._ended:
                self._ended.add(job.id)
                self._tell_ended(job)

    def _tell_running(self, job: Job) -> None:
        doing = DOING.get(job.kind, job.kind)
        now = time.monotonic()
        if job.kind not in self._begun:
            self._begun.add(job.kind)
            self._say(f"{doing} ...")
        elif job.progress_text and now - self._told_at >= _SECONDS_BETWEEN_LINES:
            self._say(f"{doing}: {job.progress_text}, {job.progress:.0%}")
        else:
            return
        self._told_at = now

    def _tell_ended(self, job: Job) -> None:
        if job.state == "failed":
            self._say(f"{DOING.get(job.kind, job.kind)} failed: {job.error}")
        elif job.kind == "compose_music" and job.result is not None:
            self._say(f"Composed “{job.result['title']}” for {job.result['user']}.")


def _with_followers(database: Database, job_ids: Sequence[str]) -> list[Job]:
    """These jobs and all that came of them, but for those that are put off."""
    found: dict[str, Job] = {}
    with database.session(read_only=True) as db_session:
        wanted = select(Job).where(Job.id.in_(job_ids))
        while jobs := [job for job in db_session.scalars(wanted) if job.id not in found]:
            found |= {job.id: job for job in jobs}
            followers = Job.parent_id.in_([job.id for job in jobs])
            wanted = select(Job).where(followers, or_(Job.run_after.is_(None), Job.run_after <= utc_now()))
    return list(found.values())
