"""Long work: how it stands, letting it rest, calling it off, running it again."""

from datetime import datetime
from typing import Any

from flask import Response, url_for
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from service.api.job_events import JobsWatch, JobWatch
from service.api.paged import one_more, paged
from service.api.resource import Answers, described, resource
from service.api.shapes import Answer, Id
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.paging import Page
from service.http.parts import parts
from service.http.texts import said
from service.operations.job_listing import ShownState, list_jobs, seconds_left, shown_state
from service.operations.job_queue import cancel, find_job, pause, resume, retry
from service.store.tables import Job

blueprint = resource("jobs", "Long work: how it stands, as it happens, paused, called off or run again.")


class JobAnswer(Answer):
    """One piece of work. `revision` grows with every change worth telling."""

    id: Id
    kind: str = Field(examples=["compose_music"])
    state: ShownState
    progress: float = Field(ge=0, le=1, description="The share done.")
    progress_text: str = Field(examples=["Rendering"])
    result: dict[str, Any] | None = Field(description="What came of it, once it is done.")
    error_code: str | None
    error: str | None = Field(description="What went wrong, in one sentence.")
    attempt: int
    revision: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(
        ge=0,
        description="How long this job will take yet, by what it has done; null where that says nothing.",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_row(cls, job: Any) -> Any:
        if not isinstance(job, Job):
            return job
        shown = {
            "state": shown_state(job),
            "seconds_left": seconds_left(job),
            "progress_text": said(job.progress_text),
            "error": said(job.error) if job.error is not None else None,
        }
        return {name: getattr(job, name) for name in cls.model_fields.keys() - shown.keys()} | shown


class Jobs(Answer):
    """A page of jobs, newest first."""

    items: list[JobAnswer]
    next_cursor: str | None


class JobQuery(Page):
    """Which jobs."""

    state: ShownState | None = None


def job_accepted(job: Job) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer to a request for long work: 202, with the job and where it is."""
    location = url_for("api_v1.jobs.show_job", job_id=job.id)
    return JobAnswer.model_validate(job).model_dump(mode="json"), 202, {"Location": location}


def _found(db_session: Session, job_id: str) -> Job:
    who = viewer()
    return find_job(db_session, who.user_id, job_id, is_owner=who.is_owner and "admin:system" in who.scopes)


@blueprint.get("/jobs")
@blueprint.input(JobQuery, location="query")
@blueprint.output(Jobs)
@requires("profile:read")
def list_own_jobs(query_data: JobQuery) -> Response:
    """Your jobs

    Newest first, a page at a time.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_jobs(
            db_session,
            viewer().user_id,
            state=query_data.state,
            before_id=query_data.after(),
            limit=one_more(query_data),
        )
    return paged(rows, query_data, JobAnswer.model_validate, lambda job: job.id)


@blueprint.get("/jobs/<id:job_id>")
@blueprint.output(JobAnswer)
@requires("profile:read")
def show_job(job_id: str) -> JobAnswer:
    """How a job stands

    Ask again every second or two where Server-Sent Events cannot be had. Owners see the house's jobs too.
    """
    with parts().database.session(read_only=True) as db_session:
        return JobAnswer.model_validate(_found(db_session, job_id))


@blueprint.delete("/jobs/<id:job_id>")
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(responses={409: "It is over already."})
@requires("profile:write")
def cancel_job(job_id: str) -> JobAnswer:
    """Call a job off

    One that waits ends at once, one that runs as soon as its worker hears of it. Doing it twice changes nothing.
    """
    with parts().database.session() as db_session:
        job = _found(db_session, job_id)
        cancel(db_session, job)
        return JobAnswer.model_validate(job)


@blueprint.post("/jobs/<id:job_id>/pause")
@blueprint.output(JobAnswer)
@blueprint.doc(responses={409: "It is over already."})
@requires("profile:write")
def pause_job(job_id: str) -> JobAnswer:
    """Let a job rest

    One that waits is not begun, one that runs stops as soon as its worker hears of it; what it has done is kept. Doing
    it twice changes nothing. Owners may pause the house's jobs too.
    """
    with parts().database.session() as db_session:
        job = _found(db_session, job_id)
        pause(db_session, job)
        return JobAnswer.model_validate(job)


@blueprint.post("/jobs/<id:job_id>/resume")
@blueprint.output(JobAnswer)
@blueprint.doc(responses={409: "It is over already."})
@requires("profile:write")
def resume_job(job_id: str) -> JobAnswer:
    """Let a paused job go on

    It goes on where it stopped. Doing it twice changes nothing.
    """
    with parts().database.session() as db_session:
        job = _found(db_session, job_id)
        resume(db_session, job)
        return JobAnswer.model_validate(job)


@blueprint.post("/jobs/<id:job_id>/retry")
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(responses={409: "It did not fail and was not called off."})
@requires("profile:write")
def retry_job(job_id: str) -> Response:
    """Run a job again

    One that failed or was called off is queued again, with all its attempts.
    """
    return answered_once(lambda db_session: job_accepted(retry(db_session, _found(db_session, job_id))))


_EVENT = {
    "type": "object",
    "description": "One event.",
    "properties": {
        "event": {"const": "job"},
        "id": {"type": "string", "description": "The job's revision."},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JobAnswer"},
        },
    },
}
_WATCHED: Answers = {
    200: described("Server-Sent Events.", {"text/event-stream": {"schema": _EVENT}}),
    204: described("The job is over and you have seen its end: do not come back."),
    429: described("Too many streams at once."),
}
ALL_WATCHED: Answers = {
    200: described("Server-Sent Events.", {"text/event-stream": {"schema": _EVENT}}),
    429: described("Too many streams at once."),
}


@blueprint.get("/jobs/events")
@blueprint.doc(responses=ALL_WATCHED)
@requires("profile:read")
def watch_own_jobs() -> Response:
    """Your jobs as they happen

    Server-Sent Events named `job`, each with one job as JSON: at first all that are under way, then whatever changes or begins, and
    the end of each. A comment comes every five seconds. The stream ends when nothing is under way, or after ten
    minutes.
    """
    who = viewer()
    return JobsWatch(parts().database, who.user_id, who.user_id, JobAnswer.model_validate).answer()


@blueprint.get("/jobs/<id:job_id>/events")
@blueprint.doc(responses=_WATCHED)
@requires("profile:read")
def watch_job(job_id: str) -> Response:
    """A job as it happens

    Server-Sent Events named `job`, each with the job as JSON and its revision as id. A stream that was broken goes on
    after `Last-Event-ID`. A comment comes every 15 seconds, and the stream ends with the job, or after ten minutes.
    """
    with parts().database.session(read_only=True) as db_session:
        job = _found(db_session, job_id)
    return JobWatch(parts().database, viewer().user_id, job.id, JobAnswer).answer()
