"""Listening histories from elsewhere: handed in, looked at, read in, undone."""

from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from service.api.paged import one_more, paged
from service.api.resource import Answers, described, resource
from service.api.v1.import_shapes import (
    CommitWish,
    HistoryFormatAnswer,
    HistoryFormats,
    HistoryUpload,
    ImportAnswer,
    ImportReportAnswer,
    Imports,
    PreviewAnswer,
    Unmatched,
    UnmatchedAnswer,
)
from service.http.authentication import requires, viewer
from service.http.body_limit import takes_upload
from service.http.idempotency import answered_once
from service.http.paging import Page
from service.http.parts import parts
from service.listening.history_files.formats import FORMATS
from service.listening.imports import (
    Upload,
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
from service.listening.unmatched import unmatched_tracks
from service.store.tables import HistoryImport, Job

blueprint = resource("imports", "Listening histories from elsewhere: handed in, looked at, read in, undone.")


def _shown(db_session: Session, row: HistoryImport) -> ImportAnswer:
    job = None if row.job_id is None else db_session.get(Job, row.job_id)
    return ImportAnswer(
        id=row.id,
        state=state_shown(row, job),  # type: ignore[arg-type]  # it is one of these words
        source=row.source,
        file_name=row.file_name,
        job_id=row.job_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        preview=None if row.preview is None else PreviewAnswer.model_validate(row.preview),
    )


def _accepted(
    db_session: Session, row: HistoryImport, job: Job
) -> tuple[dict[str, Any], int, dict[str, str]]:
    location = url_for("api_v1.jobs.show_job", job_id=job.id)
    return _shown(db_session, row).model_dump(mode="json"), 202, {"Location": location}


@blueprint.get("/imports/formats")
@blueprint.output(HistoryFormats)
@requires("profile:read")
def list_formats() -> HistoryFormats:
    """Which histories can be handed in

    With the files that each service gives, and what there is to know of them.
    """
    most_bytes = parts().settings.import_megabytes * 1_000_000
    return HistoryFormats(
        items=[HistoryFormatAnswer.model_validate(each) for each in FORMATS], most_bytes=most_bytes
    )


@blueprint.get("/imports/unmatched")
@blueprint.input(Page, location="query")
@blueprint.output(Unmatched)
@requires("profile:read")
def list_unmatched(query_data: Page) -> Response:
    """What you played and the library has not

    The most played first. It counts for the artist meanwhile, and finds its track once that is in the library.
    """
    after = query_data.after() or 0
    with parts().database.session(read_only=True) as db_session:
        rows = unmatched_tracks(db_session, viewer().user_id, after=after, limit=one_more(query_data))
    place = after + query_data.limit
    return paged(rows, query_data, UnmatchedAnswer.model_validate, lambda _row: place)


@blueprint.get("/imports")
@blueprint.input(Page, location="query")
@blueprint.output(Imports)
@requires("profile:read")
def list_own_imports(query_data: Page) -> Response:
    """Your imports

    Newest first, a page at a time.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_imports(
            db_session, viewer().user_id, before_id=query_data.after(), limit=one_more(query_data)
        )
        shown = [_shown(db_session, row) for row in rows]
    return paged(shown, query_data, lambda each: each, lambda each: each.id)


@blueprint.post("/imports")
@blueprint.input(HistoryUpload, location="files")
@blueprint.output(ImportAnswer, status_code=202)
@blueprint.doc(responses={409: "Too many files wait for your word already."})
@requires("listens:write")
@takes_upload
def hand_in(files_data: HistoryUpload) -> Response:
    """Hand in a history file

    Nothing is read in yet: what it holds is counted first. Follow the job at `Location`, look at the `preview`, then
    `commit` or delete. A file that is no history is refused at once, and nothing of it is kept.
    """
    settings = parts().settings
    upload = keep_upload(settings, files_data.file.filename or "", files_data.file.save)
    begun: list[str] = []

    def begin(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        answer = _accepted(db_session, *begin_import(db_session, viewer().user_id, upload))
        begun.append(upload.import_id)
        return answer

    try:
        return answered_once(begin, sent=_fingerprint(upload))
    finally:
        if not begun:
            # Refused, or answered before.
            remove_upload(settings, upload.import_id)


def _fingerprint(upload: Upload) -> bytes:
    return f"{upload.file_name}\n{upload.sha256}".encode()


@blueprint.get("/imports/<id:import_id>")
@blueprint.output(ImportAnswer)
@requires("profile:read")
def show_import(import_id: str) -> ImportAnswer:
    """How an import stands

    With what the file holds, once that is known.
    """
    with parts().database.session(read_only=True) as db_session:
        return _shown(db_session, find_import(db_session, viewer().user_id, import_id))


_NOT_YET: Answers = {409: described("What the file holds is not known yet, or it was read in already.")}


@blueprint.post("/imports/<id:import_id>/commit")
@blueprint.input(CommitWish, example={"include_private": False})
@blueprint.output(ImportAnswer, status_code=202)
@blueprint.doc(responses=_NOT_YET)
@requires("listens:write")
def commit(import_id: str, json_data: CommitWish) -> Response:
    """Read a file in

    Follow the job at `Location`; the report says what became of each row. The same file again adds nothing.
    """

    def begin(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        row, job = commit_import(
            db_session,
            viewer().user_id,
            import_id,
            time_zone=json_data.time_zone,
            include_private=json_data.include_private,
        )
        return _accepted(db_session, row, job)

    return answered_once(begin)


@blueprint.get("/imports/<id:import_id>/report")
@blueprint.output(ImportReportAnswer)
@requires("profile:read")
def show_report(import_id: str) -> ImportReportAnswer:
    """What became of each row

    Of the rows that were taken so far, where the file is still being read in.
    """
    with parts().database.session(read_only=True) as db_session:
        row = find_import(db_session, viewer().user_id, import_id)
        return ImportReportAnswer.model_validate(report_of(row))


@blueprint.delete("/imports/<id:import_id>")
@blueprint.output({}, status_code=204)
@requires("listens:write")
def undo(import_id: str) -> tuple[str, int]:
    """Undo an import

    All listens and thumbs that came in with the file are taken back, and the file is forgotten. What was there before
    stays, also where the file told of it again.
    """
    with parts().database.session() as db_session:
        undo_import(db_session, viewer().user_id, import_id)
    remove_upload(parts().settings, import_id)
    return "", 204
