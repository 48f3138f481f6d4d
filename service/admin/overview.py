"""The house at a glance: what goes on, whether all is well, how much room there is, and what is backed up."""

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.admin.health import findings
from service.admin.house_figures import days_of, room_of
from service.admin.telling import do_and_tell
from service.errors import NotFound
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.operations.backup_checks import latest_checks
from service.operations.house_acts import note_act
from service.operations.job_queue import enqueue
from service.operations.job_requests import backup, check_backup
from service.operations.kept_backups import list_backups
from service.sentences import marked

blueprint = Blueprint("overview", __name__, template_folder="templates")


@blueprint.get("")
@owner_page
def show() -> str:
    """All of it on one page."""
    settings = parts().settings
    with parts().database.session(read_only=True) as db_session:
        days = days_of(db_session)
        found = findings(db_session, settings)
        checks = latest_checks(db_session)
    return render_template(
        "house/overview.html",
        days=days,
        findings=found,
        room=room_of(settings),
        backups=list_backups(settings.backups_dir)[:7],
        checks=checks,
        backup_hours=settings.backup_hours,
    )


@blueprint.post("/backups")
@owner_page
def back_up() -> Response:
    """Copy the store now."""

    def act(db_session: Session) -> str:
        job = enqueue(db_session, backup())
        note_act(db_session, viewer().user_id, "ask_backup", ("store", job.id), after={"name": "the store"})
        return marked("The store is being copied. See it among the jobs.")

    return do_and_tell(url_for("overview.show"), act)


@blueprint.post("/backups/<backup_name>/check")
@owner_page
def check(backup_name: str) -> Response:
    """Have a copy read from end to end and counted."""

    def act(db_session: Session) -> str:
        names = {each.name for each in list_backups(parts().settings.backups_dir)}
        if backup_name not in names:
            raise NotFound("There is no such backup any more.", code="unknown_backup")
        job = enqueue(db_session, check_backup(backup_name))
        note_act(db_session, viewer().user_id, "check_backup", ("store", job.id), after={"name": backup_name})
        return marked("The backup is being checked. See it among the jobs.")

    return do_and_tell(url_for("overview.show"), act)
