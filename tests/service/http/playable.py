"""Tracks with real files that an application under test can play."""

import os
from pathlib import Path
from typing import Any

from apiflask import APIFlask

from service.store.tables import LibraryFolder, Track
from tests.audio_files import melody, write_audio
from tests.service.clients import parts_of
from tests.service.small_library import add_track


def add_folder(app: APIFlask, folder: Path) -> Path:
    """A folder of the library."""
    folder.mkdir(exist_ok=True)
    with parts_of(app).database.session() as db_session:
        db_session.add(LibraryFolder(path=os.fsencode(folder)))
    return folder


def playable_track(app: APIFlask, path: Path, **columns: Any) -> Track:
    """The row of the file at `path`, as a scan would write it."""
    values: dict[str, Any] = {
        "path": os.fsencode(path),
        "size_bytes": 1,
        "codec": path.suffix[1:],
        "duration_seconds": 6.0,
    }
    with parts_of(app).database.session() as db_session:
        return add_track(db_session, **({"title": path.stem} | values | columns))


def melody_file(path: Path, *, seconds: float = 6.0) -> Path:
    """A file of a few seconds of music."""
    return write_audio(path, melody(seconds))
