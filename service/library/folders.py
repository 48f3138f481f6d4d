"""The folders of music that the house scans."""

import os
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.library.tracks import folder_for
from service.store.tables import LibraryFolder, Track


def list_folders(db_session: Session) -> list[tuple[LibraryFolder, int]]:
    """Each folder and how many tracks of it are there, oldest first."""
    counts = (
        select(Track.folder_id, func.count().label("tracks"))
        .where(Track.missing_since.is_(None))
        .group_by(Track.folder_id)
        .subquery()
    )
    rows = db_session.execute(
        select(LibraryFolder, func.coalesce(counts.c.tracks, 0))
        .outerjoin(counts, counts.c.folder_id == LibraryFolder.id)
        .order_by(LibraryFolder.id)
    )
    return [(folder, int(tracks)) for folder, tracks in rows]


def find_folder(db_session: Session, folder_id: str) -> LibraryFolder:
    """The folder of this id. Raises NotFound (``unknown_library``)."""
    folder = db_session.get(LibraryFolder, folder_id)
    if folder is None:
        raise NotFound("There is no such folder of music.", code="unknown_library")
    return folder


def add_folder(db_session: Session, path: str) -> LibraryFolder:
    """The library folder that is ``path`` or holds it, added when there is none.

    Raises NotFound (``no_such_folder``) when there is no folder of this absolute path.
    """
    try:
        folder = Path(path).expanduser()
        if folder.is_absolute() and folder.is_dir():
            return folder_for(db_session, os.path.realpath(os.fsencode(folder)))
    except (OSError, ValueError, RuntimeError):
        # A NUL, half a surrogate pair, a home that does not exist: no folder either.
        pass
    raise NotFound("There is no such folder here; give its whole path.", code="no_such_folder")
