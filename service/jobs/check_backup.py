"""Job: read a copy of the store from end to end, and see that all is in it that was, and that its media files are there."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import CorruptArtifact, NotFound
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.kept_backups import list_backups
from service.settings import Settings
from service.store.database import Database
from service.store.snapshots import check_copy


@dataclass(frozen=True)
class Inputs:
    """The copy, and where the media files lie that it names."""

    copy: Path
    settings: Settings


@dataclass(frozen=True)
class Found:
    """Rows of all tables; media files that the list beside the copy names, and how many of them are there no more."""

    rows: int
    media_files: int
    gone: int


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # copies are files
    """Finds the copy. Raises NotFound (``unknown_backup``)."""
    name = payload["name"]
    if name not in {each.name for each in list_backups(settings.backups_dir)}:
        raise NotFound("There is no such backup any more.", code="unknown_backup")
    return Inputs(settings.backups_dir / name, settings)


def compute(inputs: Inputs, report: Report) -> Generator[Found, None, None]:
    """Reads it. Raises CorruptArtifact (``corrupt_store``, ``snapshot_differs``) and NotPrepared."""
    report(0.0, "reading the copy")
    rows = check_copy(inputs.copy, inputs.settings)
    report(0.7, "looking for the media files")
    listed = _listed(inputs.copy.with_suffix(".media.json"))
    gone = [each for each in listed if not _is_there(inputs.settings.media_dir, each)]
    yield Found(rows, len(listed), len(gone))


def store_result(db: Database, output: Found, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the job's own row holds it
    """Says what was found."""
    sentence = f"Whole: {output.rows:,} rows."
    if output.gone:
        # Pieces are thrown away in time; a copy of the media folder holds what this one names.
        sentence += f" {output.gone:,} of its {output.media_files:,} media files are here no more."
    return {**vars(output), "sentence": sentence}


def _listed(path: Path) -> list[dict[str, Any]]:
    try:
        listed: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise CorruptArtifact("The list of media files beside the copy is damaged.") from error
    return listed


def _is_there(media_dir: Path, file: dict[str, Any]) -> bool:
    try:
        size_bytes = (media_dir / file["path"]).stat().st_size
    except FileNotFoundError:
        return False
    return bool(size_bytes == file["size_bytes"])
