"""Jobs: work with a row that says what was asked, how it stands, how it ended and what came of it."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any, Protocol, TypedDict

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from service.errors import Cancelled, Conflict, HomespunError, NotFound
from service.operations.fence import Fence, FencedDatabase
from service.operations.job_requests import SOON, JobRequest
from service.operations.process_names import own_name
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Job, utc_now

Report = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and a few words; may raise Cancelled."""

_INLINE_LEASE = timedelta(days=1)
"""Nobody renews the lease of a job that is run inline."""

_ENQUEUE_TRIES = 3


class JobModule(Protocol):
    """The three steps each file in ``service/jobs`` has. Only ``compute`` is slow, and it sees no database.

    A module may have ``follow_ups(result, payload)`` too: JobRequests that are queued in the transaction that says the
    job is done, at no lower a priority than its own.
    """

    __name__: str

    def load_inputs(self, db: Database, settings: Settings, payload: Any, /) -> Any:
        """Read all that is needed; raise what is wrong with the request."""

    def compute(self, inputs: Any, report: Report, /) -> Generator[Any, None, None]:
        """Give one picklable output after the other."""

    def store_result(self, db: Database, output: Any, fence: Fence, /) -> dict[str, Any]:
        """Commit one output in a transaction of its own; say in JSON terms what came of the job so far.

        A session of this `db` that may write raises LostLease once the job is another worker's.
        """


def enqueue(db_session: Session, request: JobRequest) -> Job:
    """Queue what is asked for.

    A queued job with the same singleton key is given instead, brought forward where this one is wanted sooner; a paused
    one stays paused. Where one with the key runs that is asked to pause, the new one is paused with it.
    """
    for attempt in range(1, _ENQUEUE_TRIES + 1):
        job = _queued_with_key(db_session, request.singleton_key)
        if job is not None:
            _bring_forward(job, request)
            return job
        job = Job(
            kind=request.kind,
            payload=dict(request.payload),
            user_id=request.user_id,
            priority=request.priority,
            max_attempts=request.max_attempts,
            singleton_key=request.singleton_key,
            run_after=request.run_after,
            repeat_seconds=request.repeat_seconds,
            parent_id=request.parent_id,
            paused_at=_paused_since(db_session, request.singleton_key),
        )
        try:
            with db_session.begin_nested():
                db_session.add(job)
        except IntegrityError:
            # Another transaction queued the same since we looked; or the row is wrong in another way.
            if request.singleton_key is None or attempt == _ENQUEUE_TRIES:
                raise
        else:
            return job
    raise AssertionError("the last try returns or raises")


def bring_forward(db_session: Session, kind: str) -> None:
    """Have the queued jobs of this kind done now instead of later, before bulk work."""
    for job in db_session.scalars(
        select(Job).where(Job.kind == kind, Job.state == "queued").with_for_update()
    ):
        _bring_forward(job, JobRequest(kind, priority=SOON))


def find_job(db_session: Session, user_id: str, job_id: str, *, is_owner: bool = False) -> Job:
    """A listener's own job; for the owner the house's jobs too. Raises NotFound (``unknown_job``) for all others."""
    job = db_session.get(Job, job_id)
    if job is None or not (job.user_id == user_id or (job.user_id is None and is_owner)):
        raise NotFound("There is no such job.", code="unknown_job")
    return job


def cancel(db_session: Session, job: Job) -> None:
    """Call a job off: a queued one at once, a running one as soon as its worker hears of it.

    Once more changes nothing. Raises Conflict (``job_over``) when it is done or has failed.
    """
    db_session.refresh(job, with_for_update=True)
    if job.state == "queued":
        end_job(db_session, job, "cancelled", error_code="cancelled", error="Called off.")
    elif job.state == "running" and not job.cancel_requested:
        job.cancel_requested = True
        job.revision += 1
    elif job.state in ("done", "failed"):
        raise Conflict("The job is over; there is nothing to call off.", code="job_over")


def pause(db_session: Session, job: Job) -> None:
    """Let a job rest: a queued one is not taken up, a running one goes back to the queue at its next report.

    What it stored stays. Once more changes nothing. Raises Conflict (``job_over``) when it has ended.
    """
    db_session.refresh(job, with_for_update=True)
    _check_lasts(job, "pause")
    if job.paused_at is None:
        job.paused_at = utc_now()
        job.revision += 1
        db_session.flush()


def resume(db_session: Session, job: Job) -> None:
    """Let a paused job go on where it stopped. Once more changes nothing. Raises Conflict (``job_over``)."""
    db_session.refresh(job, with_for_update=True)
    _check_lasts(job, "go on with")
    if job.paused_at is not None:
        job.paused_at = None
        job.revision += 1
        db_session.flush()


def retry(db_session: Session, job: Job) -> Job:
    """Queue a job again that failed or was called off, with all its attempts.

    A queued job with the same singleton key is given instead. Raises Conflict (``job_not_failed``) otherwise.
    """
    db_session.refresh(job, with_for_update=True)
    if job.state not in ("failed", "cancelled"):
        raise Conflict("Only a job that failed or was called off can be run again.", code="job_not_failed")
    same = _queued_with_key(db_session, job.singleton_key)
    if same is not None:
        return same
    job.state = "queued"
    job.attempt = 0
    job.cancel_requested = False
    job.error_code = job.error = job.finished_at = job.run_after = None
    job.progress, job.progress_text = 0.0, ""
    job.revision += 1
    db_session.flush()
    return job


def end_job(
    db_session: Session,
    job: Job,
    state: str,
    *,
    result: Mapping[str, Any] | None = None,
    error_code: str | None = None,
    error: str | None = None,
) -> None:
    """Write how a job ended, and queue it anew if it repeats."""
    now, paused_at = utc_now(), job.paused_at
    job.state, job.paused_at = state, None
    job.result = None if result is None else dict(result)
    job.error_code, job.error = error_code, error
    job.finished_at, job.lease_until, job.worker = now, None, None
    if state == "done":
        job.progress = 1.0
    job.revision += 1
    db_session.flush()
    if job.repeat_seconds is not None:
        again = JobRequest(
            job.kind,
            job.payload,
            job.user_id,
            priority=job.priority,
            max_attempts=job.max_attempts,
            singleton_key=job.singleton_key,
            run_after=now + timedelta(seconds=job.repeat_seconds),
            repeat_seconds=job.repeat_seconds,
        )
        # A pause that came too late for this time holds the next one.
        enqueue(db_session, again).paused_at = paused_at


def run_inline(
    db: Database,
    settings: Settings,
    job_module: JobModule,
    payload: Mapping[str, Any],
    report: Report,
    user_id: str | None = None,
) -> dict[str, Any]:
    """Run a job here and now, and give its result: what the last ``store_result`` said. What follows it is not run.

    Outputs stored before an error stay stored. Whatever is raised is raised on, and noted in the row: a
    HomespunError with its code, Cancelled and Ctrl-C as state ``cancelled``.
    """
    fence = _start(db, job_module.__name__.rpartition(".")[2], payload, user_id)
    result: dict[str, Any] = {}
    try:
        inputs = job_module.load_inputs(db, settings, dict(payload))
        with closing(job_module.compute(inputs, report)) as outputs:
            for output in outputs:
                result = job_module.store_result(FencedDatabase(db, fence), output, fence)
        with db.session() as db_session:
            end_job(db_session, fence.hold(db_session), "done", result=result)
    except BaseException as error:
        # A store that cannot take the note (a full disk) must not hide what went wrong.
        with suppress(HomespunError, SQLAlchemyError), db.session() as db_session:
            end_job(db_session, fence.hold(db_session), **failure_of(error))
        raise
    return result


class BadEnd(TypedDict):
    """How a job ended that is not done."""

    state: str
    error_code: str
    error: str


def failure_of(error: BaseException) -> BadEnd:
    """How a job ends that raised this; what nobody foresaw is named and not quoted."""
    if isinstance(error, (Cancelled, KeyboardInterrupt, GeneratorExit)):
        return {"state": "cancelled", "error_code": "cancelled", "error": "Called off."}
    if isinstance(error, HomespunError):
        return {"state": "failed", "error_code": error.code, "error": str(error)}
    return {
        "state": "failed",
        "error_code": "internal",
        "error": f"Something went wrong inside ({type(error).__name__}); the log says more.",
    }


def _start(db: Database, kind: str, payload: Mapping[str, Any], user_id: str | None) -> Fence:
    now = utc_now()
    with db.session() as db_session:
        job = Job(
            kind=kind,
            state="running",
            payload=dict(payload),
            user_id=user_id,
            attempt=1,
            fence=1,
            started_at=now,
            worker=own_name(),
            lease_until=now + _INLINE_LEASE,
        )
        db_session.add(job)
        db_session.flush()
        return Fence(job.id, job.fence)


def _queued_with_key(db_session: Session, singleton_key: str | None) -> Job | None:
    if singleton_key is None:
        return None
    return db_session.scalars(
        select(Job)
        .where(Job.singleton_key == singleton_key, Job.state == "queued")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _paused_since(db_session: Session, singleton_key: str | None) -> datetime | None:
    if singleton_key is None:
        return None
    return db_session.scalar(
        select(func.max(Job.paused_at)).where(Job.singleton_key == singleton_key, Job.state == "running")
    )


def _check_lasts(job: Job, doing: str) -> None:
    if job.state not in ("queued", "running"):
        raise Conflict(f"The job is over; there is nothing to {doing}.", code="job_over")


def _bring_forward(job: Job, request: JobRequest) -> None:
    run_after = (
        None if job.run_after is None or request.run_after is None else min(job.run_after, request.run_after)
    )
    priority = max(job.priority, request.priority)
    repeat_seconds = job.repeat_seconds or request.repeat_seconds
    if (run_after, priority, repeat_seconds) != (job.run_after, job.priority, job.repeat_seconds):
        job.run_after, job.priority, job.repeat_seconds = run_after, priority, repeat_seconds
        job.revision += 1
