"""Listening histories from elsewhere: a file handed in, looked at, read in with a report, undone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.errors import HomespunError, InvalidRequest
from service.http.authentication import page, viewer
from service.http.body_limit import takes_upload
from service.http.parts import parts
from service.http.texts import translated
from service.listening.history_files.formats import FORMATS
from service.listening.import_report import ImportReport
from service.listening.imports import (
    begin_import,
    commit_import,
    find_import,
    keep_upload,
    list_imports,
    remove_upload,
    report_of,
    state_shown,
    undo_import,
)
from service.sentences import marked
from service.store.tables import HistoryImport, Job

Answer = Response | str | tuple[str, int]

_SHOWN = 50
_LONGEST_ZONE = 64
_STATES = {
    "reading": marked("being looked at"),
    "ready": marked("waits for your word"),
    "importing": marked("being read in"),
    "done": marked("read in"),
    "failed": marked("failed"),
}
# What the rows' reasons are called by those who read them.
_REASONS = {
    "audiobook": marked("an audiobook"),
    "clock_not_set": marked("the player's clock was not set"),
    "count_without_times": marked("counts without times"),
    "favourite_other_than_a_song": marked("a favourite that is no song"),
    "helps": marked("tells of artists only"),
    "in_the_future": marked("in the future"),
    "incognito": marked("heard in a private session"),
    "no_track_named": marked("no track is named"),
    "not_music": marked("no music"),
    "not_the_end_of_a_play": marked("not the end of a play"),
    "pinned_recording": marked("pinned, not played"),
    "playback_error": marked("could not be played"),
    "playing_now": marked("only began"),
    "podcast": marked("a podcast"),
    "removed_video": marked("a video that was removed"),
    "thumb_on_unknown_track": marked("a thumb on what the library has not"),
    "untagged": marked("without a title or an artist"),
}

blueprint = Blueprint("imports", __name__, url_prefix="/import")


@dataclass(frozen=True)
class ShownImport:
    """A file as its page shows it; ``share`` is how far its job is, 0 to 1. ``trouble`` says why a failed one failed."""

    id: str
    file_name: str
    service: str
    state: str
    state_words: str
    created_at: datetime
    share: float
    doing: str
    trouble: str
    preview: dict[str, Any] | None
    report: ImportReport

    @property
    def moves(self) -> bool:
        """Whether it will soon be something else by itself."""
        return self.state in ("reading", "importing")


@blueprint.get("")
@page
def show_all() -> Answer:
    """The files so far, and where to hand in another."""
    return _all_shown()


@blueprint.post("")
@page
@takes_upload
def hand_in() -> Answer:
    """Keep a file and have it looked at."""
    settings = parts().settings
    begun = False
    try:
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise InvalidRequest("Choose a file first.", code="no_file")
        upload = keep_upload(settings, sent.filename, sent.save)
        try:
            with parts().database.session() as db_session:
                begin_import(db_session, viewer().user_id, upload)
            begun = True
        finally:
            if not begun:
                remove_upload(settings, upload.import_id)
    except HomespunError as error:
        return _all_shown(str(error)), error.http_status
    return _led_to(upload.import_id)


@blueprint.get("/<id:import_id>")
@page
def show(import_id: str) -> Answer:
    """One file: what it holds, how far it is, what became of it."""
    return _one_shown(import_id)


@blueprint.get("/<id:import_id>/standing")
@page
def standing(import_id: str) -> Answer:
    """That alone, for a page that looks again."""
    return render_template("imports/_standing.html", shown=_found(import_id))


@blueprint.post("/<id:import_id>/read-in")
@page
def read_in(import_id: str) -> Answer:
    """Agree to what was shown."""
    zone = request.form.get("time_zone", "").strip()[:_LONGEST_ZONE]
    try:
        with parts().database.session() as db_session:
            commit_import(
                db_session,
                viewer().user_id,
                import_id,
                time_zone=zone or None,
                include_private="include_private" in request.form,
            )
    except InvalidRequest as error:
        return _one_shown(import_id, str(error), zone), error.http_status
    return _led_to(import_id)


@blueprint.post("/<id:import_id>/undo")
@page
def undo(import_id: str) -> Answer:
    """Take back all that came in with the file, and forget the file."""
    with parts().database.session() as db_session:
        row = find_import(db_session, viewer().user_id, import_id)
        name, was_done = row.file_name, row.state in ("importing", "done")
        undo_import(db_session, viewer().user_id, import_id)
    remove_upload(parts().settings, import_id)
    flash(
        translated("All that came in with “%(name)s” is taken back.", name=name)
        if was_done
        else translated("“%(name)s” is removed.", name=name)
    )
    return redirect(url_for("imports.show_all"), 303)


def _led_to(import_id: str) -> Response:
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _all_shown(trouble: str = "") -> str:
    with parts().database.session(read_only=True) as db_session:
        rows = list_imports(db_session, viewer().user_id, limit=_SHOWN)
        shown = [_shown(db_session, row) for row in rows]
    megabytes = parts().settings.import_megabytes
    return render_template(
        "imports/imports.html", imports=shown, formats=FORMATS, megabytes=megabytes, trouble=trouble
    )


def _one_shown(import_id: str, trouble: str = "", zone: str = "") -> str:
    return render_template("imports/import.html", shown=_found(import_id), trouble=trouble, zone=zone)


def _found(import_id: str) -> ShownImport:
    with parts().database.session(read_only=True) as db_session:
        return _shown(db_session, find_import(db_session, viewer().user_id, import_id))


def _shown(db_session: Session, row: HistoryImport) -> ShownImport:
    job = None if row.job_id is None else db_session.get(Job, row.job_id)
    state = state_shown(row, job)
    services = {each.key: each.service for each in FORMATS}
    return ShownImport(
        id=row.id,
        file_name=row.file_name,
        service=services.get(row.source, row.source),
        state=state,
        state_words=_STATES[state],
        created_at=row.created_at,
        share=min(max(job.progress, 0.0), 1.0) if job is not None else 0.0,
        doing=job.progress_text if job is not None else "",
        trouble=(job.error or "") if state == "failed" and job is not None else "",
        preview=row.preview,
        report=report_of(row),
    )


def reason_words(reason: str) -> str:
    """Why rows are passed over, in words."""
    return _REASONS.get(reason, reason.replace("_", " "))


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"reason_words": reason_words}
