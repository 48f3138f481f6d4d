"""Jobs as they go: a list that keeps itself up to date, and what can be done about each."""

from collections.abc import Callable
from typing import Any, get_args

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.admin.asked_ids import begin_after
from service.admin.job_words import KINDS, ToldJob, told
from service.admin.telling import do_and_tell
from service.errors import NotFound
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.operations.house_acts import note_act
from service.operations.job_listing import ShownState, list_jobs, shown_state
from service.operations.job_queue import cancel, pause, resume, retry
from service.sentences import marked
from service.store.tables import Job, User, utc_now

blueprint = Blueprint("house_jobs", __name__, template_folder="templates")

SHOWN = 40
_STATES = get_args(ShownState)


@blueprint.get("")
@owner_page
def show_all() -> str:
    """Everybody's jobs and the house's, newest first."""
    return render_template("house/jobs.html", states=_STATES, kinds=KINDS, **_facts())


@blueprint.get("/list")
@owner_page
def list_alone() -> str:
    """The list alone, asked for again and again."""
    return render_template("house/_jobs.html", **_facts())


def _facts() -> dict[str, Any]:
    state = request.args.get("state", "")
    state = state if state in _STATES else ""
    before = begin_after()
    with parts().database.session(read_only=True) as db_session:
        found = list_jobs(db_session, None, state=state or None, before_id=before, limit=SHOWN + 1)
        rows = _told(db_session, found[:SHOWN])
    return {
        "jobs": rows,
        "state": state,
        "before": before,
        "further": found[SHOWN - 1].id if len(found) > SHOWN else None,
    }


def _told(db_session: Session, jobs: list[Job]) -> list[ToldJob]:
    ids = {job.user_id for job in jobs if job.user_id is not None}
    names = dict(db_session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())
    now, own_id = utc_now(), viewer().user_id
    return [
        told(job, whose=names.get(job.user_id or ""), is_own=job.user_id == own_id, now=now) for job in jobs
    ]


@blueprint.post("/<id:job_id>/cancel")
@owner_page
def cancel_job(job_id: str) -> Response:
    """Call a job off, whosever it is: the machine is the house's."""
    return _do(job_id, "cancel_job", cancel, marked("Called off."))


@blueprint.post("/<id:job_id>/pause")
@owner_page
def pause_job(job_id: str) -> Response:
    """Let a job rest."""
    return _do(job_id, "pause_job", pause, marked("It rests until you let it go on."))


@blueprint.post("/<id:job_id>/resume")
@owner_page
def resume_job(job_id: str) -> Response:
    """Let a job go on."""
    return _do(job_id, "resume_job", resume, marked("It goes on."))


@blueprint.post("/<id:job_id>/retry")
@owner_page
def retry_job(job_id: str) -> Response:
    """Have a job done again that failed or was called off."""
    return _do(job_id, "retry_job", retry, marked("It is queued again."))


def _do(job_id: str, action: str, do: Callable[[Session, Job], object], sentence: str) -> Response:
    def act(db_session: Session) -> str:
        job = db_session.get(Job, job_id)
        if job is None:
            raise NotFound("There is no such job any more.", code="unknown_job")
        before = shown_state(job)
        do(db_session, job)
        note_act(
            db_session,
            viewer().user_id,
            action,
            ("job", job.id),
            before={"state": before, "kind": job.kind},
            after={"state": shown_state(job)},
        )
        return sentence

    return do_and_tell(url_for("house_jobs.show_all"), act)
