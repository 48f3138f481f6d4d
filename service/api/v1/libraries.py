"""The folders of music that the house scans."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.api.v1.jobs import JobAnswer, job_accepted
from service.http.authentication import owner_only, requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.library.folders import add_folder, find_folder, list_folders
from service.operations.job_queue import enqueue
from service.operations.job_requests import scan_library

blueprint = resource("libraries", "The folders of music that the house scans.")


class Library(Answer):
    """A folder of music. Where it lies is told to owners only."""

    id: Id
    path: str | None
    tracks: int = Field(ge=0)
    last_scanned_at: datetime | None


class Libraries(Answer):
    """The folders, oldest first."""

    items: list[Library]


class FolderToAdd(Body):
    """A folder on the server."""

    folder: str = Field(min_length=1, max_length=4_096, pattern=r"^/[^\x00]*$", examples=["/srv/music"])


@blueprint.get("/libraries")
@blueprint.output(Libraries)
@requires("library:read")
def list_libraries() -> Libraries:
    """The folders of music

    With how many tracks of each are there.
    """
    is_owner = viewer().is_owner
    with parts().database.session(read_only=True) as db_session:
        folders = list_folders(db_session)
    return Libraries(
        items=[
            Library(
                id=folder.id,
                path=folder.path.decode("utf-8", "replace") if is_owner else None,
                tracks=tracks,
                last_scanned_at=folder.last_scanned_at,
            )
            for folder, tracks in folders
        ]
    )


@blueprint.post("/libraries")
@blueprint.input(FolderToAdd, example={"folder": "/srv/music"})
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(responses={404: "There is no folder at that path on the server."})
@owner_only("admin:system")
def add_library(json_data: FolderToAdd) -> Response:
    """Add a folder of music

    It is scanned at once, and never written to. Follow the job at `Location`.
    """

    def add(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        folder = add_folder(db_session, json_data.folder)
        return job_accepted(enqueue(db_session, scan_library(folder.path)))

    return answered_once(add)


@blueprint.post("/libraries/<id:library_id>/scan")
@blueprint.output(JobAnswer, status_code=202)
@owner_only("admin:system")
def scan(library_id: str) -> Response:
    """Scan a folder again

    Only what is new or changed is read. Follow the job at `Location`.
    """
    return answered_once(
        lambda db_session: job_accepted(
            enqueue(db_session, scan_library(find_folder(db_session, library_id).path))
        )
    )
