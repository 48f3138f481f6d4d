"""The house's work and its backups, for owners."""

from datetime import datetime

from flask import Response
from pydantic import Field

from service.api.job_events import JobsWatch
from service.api.paged import one_more, paged
from service.api.resource import resource
from service.api.shapes import Answer, Id
from service.api.v1.jobs import ALL_WATCHED, JobAnswer, JobQuery, job_accepted
from service.http.authentication import owner_only, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.operations.job_listing import list_jobs
from service.operations.job_queue import enqueue
from service.operations.job_requests import backup
from service.operations.kept_backups import list_backups

blueprint = resource("admin", "The house's work and its backups. For owners.")


class HouseJobQuery(JobQuery):
    """Which jobs."""

    kind: str | None = Field(default=None, pattern="^[a-z_]{1,64}$", examples=["compose_music"])


class HouseJob(JobAnswer):
    """A job, and whose it is; nobody's where the house asked for it."""

    user_id: Id | None
    priority: int


class HouseJobs(Answer):
    """A page of everybody's jobs, newest first."""

    items: list[HouseJob]
    next_cursor: str | None


class Backup(Answer):
    """A copy of the store."""

    name: str
    size_bytes: int = Field(ge=0)
    made_at: datetime


class Backups(Answer):
    """The copies that are kept, newest first."""

    items: list[Backup]


@blueprint.get("/admin/jobs")
@blueprint.input(HouseJobQuery, location="query")
@blueprint.output(HouseJobs)
@owner_only("admin:system")
def list_house_jobs(query_data: HouseJobQuery) -> Response:
    """Everybody's jobs

    The house's too, newest first. What was composed for whom is not told: results and errors of listeners' own jobs
    are left out.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_jobs(
            db_session,
            None,
            state=query_data.state,
            kind=query_data.kind,
            before_id=query_data.after(),
            limit=one_more(query_data),
        )
    return paged(rows, query_data, _house_job, lambda job: job.id)


@blueprint.get("/admin/jobs/events")
@blueprint.doc(responses=ALL_WATCHED)
@owner_only("admin:system")
def watch_house_jobs() -> Response:
    """Everybody's jobs as they happen

    Server-Sent Events named `job`, each with one job as JSON as `GET /admin/jobs` tells it: at first all that are under way, then
    whatever changes or begins, and the end of each. A comment comes every five seconds. The stream ends when nothing is under way, or after ten
    minutes.
    """
    return JobsWatch(parts().database, viewer().user_id, None, _house_job).answer()


def _house_job(job: object) -> HouseJob:
    shown = HouseJob.model_validate(job)
    return shown if shown.user_id is None else shown.model_copy(update={"result": None, "error": None})


@blueprint.get("/admin/backups")
@blueprint.output(Backups)
@owner_only("admin:system")
def list_all_backups() -> Backups:
    """The copies of the store

    Those that are kept, newest first.
    """
    kept = list_backups(parts().settings.backups_dir)
    return Backups(items=[Backup.model_validate(each) for each in kept])


@blueprint.post("/admin/backups")
@blueprint.output(JobAnswer, status_code=202)
@owner_only("admin:system")
def make_backup() -> Response:
    """Copy the store now

    Backups are made by themselves as well. Follow the job at `Location`.
    """
    return answered_once(lambda db_session: job_accepted(enqueue(db_session, backup())))
