"""Job of the demo: tagged copies of the package's tracks in the folder that is scanned."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.demo.folder import package_folder
from service.demo.music import PackageTrack, package_tracks, tagged_copy
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import SOON, JobRequest
from service.settings import Settings
from service.store.database import Database
from service.store.media import write_atomically


@dataclass(frozen=True)
class Copy:
    """A file, not yet written."""

    path: Path
    content: bytes


def request() -> JobRequest:
    """What the job row says is to be done."""
    return JobRequest("lay_out_music", priority=SOON)


def missing_tracks(settings: Settings) -> list[PackageTrack]:
    """The tracks that are not laid out; raises NotPrepared (``demo_not_installed``)."""
    folder = package_folder(settings)
    return [track for track in package_tracks() if not (folder / track.file_name).exists()]


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> tuple[Path, list[PackageTrack]]:  # noqa: ARG001  # every job's load_inputs is given these
    """The folder, and the tracks that are not in it."""
    return package_folder(settings), missing_tracks(settings)


def compute(inputs: tuple[Path, list[PackageTrack]], report: Report) -> Generator[Copy, None, None]:
    """Tag one track after the other."""
    folder, tracks = inputs
    for position, track in enumerate(tracks):
        report(position / len(tracks), track.title)
        yield Copy(folder / track.file_name, tagged_copy(track))


def store_result(db: Database, output: Copy, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # a file, no row: nothing to fence
    """Put the file into its folder."""
    write_atomically(output.path, output.content)
    return {"last_file": output.path.name}
