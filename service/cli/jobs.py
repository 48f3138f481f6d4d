"""``homespun jobs``: the work that is done in the background."""

import json
from typing import Any, get_args

import click
from sqlalchemy.orm import Session

from service.app import App
from service.cli.options import json_option, with_app
from service.errors import NotFound
from service.operations.job_listing import ShownState, list_jobs, seconds_left, shown_state
from service.operations.job_queue import cancel as cancel_job
from service.operations.job_queue import pause as pause_job
from service.operations.job_queue import resume as resume_job
from service.operations.job_queue import retry as retry_job
from service.store.tables import Job


@click.group()
def command() -> None:
    """See what is done in the background; let it rest, call it off or have it done again."""


@command.command("list")
@click.option("--state", type=click.Choice(get_args(ShownState)), help="Only these.")
@click.option("-n", "limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="At most.")
@json_option
@with_app
def list_command(app: App, state: str | None, limit: int, *, as_json: bool) -> None:
    """List everybody's jobs, the newest first."""
    with app.database.session(read_only=True) as db_session:
        jobs = [_facts(job) for job in list_jobs(db_session, None, state=state, limit=limit)]
    click.echo(json.dumps(jobs) if as_json else "\n".join(map(_line, jobs)) or "There are none.")


@command.command()
@click.argument("job_id")
@with_app
def cancel(app: App, job_id: str) -> None:
    """Call a job off."""
    with app.database.session() as db_session:
        cancel_job(db_session, _job(db_session, job_id))
    click.echo("Called off.")


@command.command()
@click.argument("job_id")
@with_app
def pause(app: App, job_id: str) -> None:
    """Let a job rest until it is told to go on. What it has done is kept."""
    with app.database.session() as db_session:
        pause_job(db_session, _job(db_session, job_id))
    click.echo(f"Paused. It goes on with: homespun jobs resume {job_id}")


@command.command()
@click.argument("job_id")
@with_app
def resume(app: App, job_id: str) -> None:
    """Let a paused job go on where it stopped."""
    with app.database.session() as db_session:
        resume_job(db_session, _job(db_session, job_id))
    click.echo("It goes on.")


@command.command()
@click.argument("job_id")
@with_app
def retry(app: App, job_id: str) -> None:
    """Have a job done again that failed or was called off."""
    with app.database.session() as db_session:
        job = retry_job(db_session, _job(db_session, job_id))
    click.echo(f"Queued: {job.id}")


def _job(db_session: Session, job_id: str) -> Job:
    # Whoever may run commands on the data folder may see all of it.
    job = db_session.get(Job, job_id)
    if job is None:
        raise NotFound("There is no such job.", code="unknown_job")
    return job


def _facts(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": shown_state(job),
        "progress": job.progress,
        "doing": job.progress_text,
        "seconds_left": seconds_left(job),
        "error_code": job.error_code,
        "error": job.error,
        "created_at": job.created_at.isoformat(),
        "run_after": job.run_after and job.run_after.isoformat(),
    }


def _line(job: dict[str, Any]) -> str:
    more = {
        "running": f"{job['progress']:.0%} {job['doing']}",
        "failed": f"{job['error']} [{job['error_code']}]",
    }
    later = f"after {job['run_after'][:16]}" if job["state"] == "queued" and job["run_after"] else ""
    return f"{job['id']}  {job['state']:9}  {job['kind']:16}  {more.get(job['state'], later)}".rstrip()
