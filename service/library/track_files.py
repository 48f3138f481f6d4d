"""The files of tracks, opened so that no row, link or rename leads out of the folders that are there for music."""

import os
import stat
from collections.abc import Iterable
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.library.folder_walk import is_below
from service.settings import Settings
from service.store.tables import LibraryFolder


def music_folders(db_session: Session, settings: Settings) -> list[bytes]:
    """The folders whose files may be played: those of the library, and the media folder of what was composed."""
    return [*db_session.scalars(select(LibraryFolder.path)), os.fsencode(settings.media_dir)]


def file_missing() -> NotFound:
    """What a listener is told when a track's file is not where it was."""
    return NotFound(
        "The track's file is not there at present; it may have been moved or its disk is not connected.",
        code="file_missing",
    )


def open_in_folders(path: bytes, folders: Iterable[bytes]) -> BinaryIO:
    """The file at ``path``, open for reading, if it is a regular one and really lies below one of the folders.

    What counts is where the opened file lies, after all links. Raises NotFound (``file_missing``) else.
    """
    try:
        # O_NONBLOCK: opening a pipe must not wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise file_missing() from error
    # Asked of the open file, so that nothing can be put in its place meanwhile.
    lies_at = os.readlink(f"/proc/self/fd/{descriptor}".encode("ascii"))  # noqa: PTH115  # pathlib has no bytes
    is_inside = any(is_below(lies_at, os.path.realpath(folder)) for folder in folders)
    if not is_inside or not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotFound("The track's file does not lie in a folder of the library.", code="file_missing")
    return os.fdopen(descriptor, "rb", buffering=0)
