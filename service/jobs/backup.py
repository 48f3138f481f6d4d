"""Job: copy the store to the backups folder, with a list of the media files it names.

The files themselves are never changed once they are written, so a copy of the media folder, made by whatever means at any
later time, is whole beside the copy of the store if it holds all that is listed.
"""

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.kept_backups import remove_oldest
from service.settings import Settings
from service.store.database import Database
from service.store.media import write_atomically
from service.store.snapshots import take_backup


@dataclass(frozen=True)
class MediaFile:
    """A file's path below the media folder, and its size."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class Output:
    """What lies in the media folder, and where copies go."""

    settings: Settings
    media: list[MediaFile]


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Settings:  # noqa: ARG001  # there is one store and one way
    """Nothing is read before the copy is made."""
    return settings


def compute(inputs: Settings, report: Report) -> Generator[Output, None, None]:
    """Lists the media files."""
    report(0.0, "listing the media files")
    media = [_file(path, inputs.media_dir) for path in sorted(inputs.media_dir.rglob("*")) if path.is_file()]
    report(0.5, "copying the store")
    yield Output(inputs, media)


def store_result(db: Database, output: Output, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # nothing is written to the store
    """Copies the store and removes the oldest copies beyond those that are kept."""
    settings = output.settings
    copy = take_backup(db.engine, settings)
    listed = json.dumps([vars(file) for file in output.media], indent=1)
    write_atomically(copy.with_suffix(".media.json"), listed.encode())
    removed = remove_oldest(settings.backups_dir, keep=settings.kept_backups)
    return {
        "name": copy.name,
        "size_bytes": copy.stat().st_size,
        "media_files": len(output.media),
        "media_bytes": sum(file.size_bytes for file in output.media),
        "removed": removed,
    }


def _file(path: Path, media_dir: Path) -> MediaFile:
    return MediaFile(str(path.relative_to(media_dir)), path.stat().st_size)
