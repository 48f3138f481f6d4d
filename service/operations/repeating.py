"""Jobs that come back by themselves."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.operations import job_requests
from service.operations.job_queue import end_job, enqueue
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.tables import Job, utc_now

_MINUTE, _HOUR = 60, 3600


def ensure_repeating(db_session: Session, settings: Settings) -> None:
    """See that each repeating job is queued or running, at the interval the settings say, and no other repeats."""
    wanted = {request.singleton_key: request for request in _repeating(settings)}
    present = db_session.scalars(
        select(Job)
        .where(Job.repeat_seconds.is_not(None), Job.state.in_(("queued", "running")))
        .with_for_update()
    ).all()
    for job in present:
        request = wanted.pop(job.singleton_key, None)
        job.repeat_seconds = None if request is None else request.repeat_seconds
        if request is None and job.state == "queued":
            end_job(db_session, job, "cancelled", error_code="cancelled", error="It is not wanted any more.")
    for request in wanted.values():
        enqueue(db_session, request)


def _repeating(settings: Settings) -> list[JobRequest]:
    # The first start is busy enough with what somebody waits for.
    requests = [
        _every(job_requests.standing_orders(), 10 * _MINUTE, first=_MINUTE),
        _every(job_requests.tidy(), 24 * _HOUR, first=_HOUR),
        _every(job_requests.train_ranker(), 24 * _HOUR, first=6 * _HOUR),
        # Where nobody has an account on another server, nothing is sent.
        _every(job_requests.elsewhere_rounds(), 6 * _HOUR, first=_HOUR),
    ]
    requests += [
        # A look at what is new, which costs nothing where there is nothing.
        _every(job_requests.embed_further(name), _HOUR, first=10 * _MINUTE)
        for name in settings.further_encoders
    ]
    if settings.backup_hours:
        interval = settings.backup_hours * _HOUR
        requests.append(_every(job_requests.backup(), interval, first=min(interval, 2 * _HOUR)))
    return requests


def _every(request: JobRequest, seconds: int, *, first: int) -> JobRequest:
    return replace(request, run_after=utc_now() + timedelta(seconds=first), repeat_seconds=seconds)
