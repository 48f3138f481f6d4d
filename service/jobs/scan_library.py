"""Job: read a folder of music into the catalogue.

Each file is committed when it was read, so a scan that was ended in any way goes on where it was. A file is read
again only when its size or its time of change differs. Tracks are known by their sound: a file that was moved, renamed
or re-tagged stays the same track, a second copy is listed with code ``duplicate_audio``, and a file whose sound was
replaced becomes another track while the old one is missing. Nothing is ever deleted, nor written to the folder.
"""

import os
import time
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any

from service.audio import DecoderPool
from service.audio_decoder.limits import peak_memory_kb
from service.errors import InvalidRequest, NotFound
from service.library import tracks as rows
from service.library.file_reading import FailedFile, ReadFile, read_files
from service.library.folder_walk import FolderWalk, FoundFile, is_below, shown_path, walk_folder
from service.library.scan_matching import (
    Catalogue,
    Kind,
    KnownFailure,
    KnownTrack,
    Placement,
    ScanPlan,
    plan_scan,
)
from service.listening.list_revisions import all_lists_changed
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import FIRST_TRACKS, JobRequest, embed_tracks
from service.settings import Settings
from service.store.database import Database
from service.store.tables import utc_now

# More than this share of a folder's tracks gone at once looks like a disk that is not there.
MOST_VANISHED = 0.2
# A failure that may pass by itself is stored with these, which no file has, so that each scan tries again.
PASSING = frozenset({"unreadable_file", "decoding_timed_out", "unreadable_folder"})
NO_SIZE = NO_TIME = -1
# What reading a file costs beside its bytes, in bytes.
COST_PER_FILE_BYTES = 4_000_000


@dataclass(frozen=True)
class Inputs:
    """The folder, and all that is known before it is read."""

    root: bytes
    workers: int
    accept_missing: bool
    tracks: list[KnownTrack]
    failures: list[KnownFailure]


@dataclass(frozen=True)
class PlacedFile:
    """A file that was read, and what it is."""

    root: bytes
    read: ReadFile
    placement: Placement


@dataclass(frozen=True)
class UnusableFiles:
    """Files that could not be used, and why."""

    root: bytes
    failed: list[FailedFile]


@dataclass(frozen=True)
class ScanEnd:
    """What is only known at the end, and the job's result."""

    root: bytes
    returned_hashes: tuple[str, ...]
    missing_hashes: list[str]
    forgotten_failures: list[bytes]
    result: dict[str, Any]


Output = PlacedFile | UnusableFiles | ScanEnd


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Raises NotFound or InvalidRequest when the folder is not there or cannot be listed."""
    root = bytes.fromhex(payload["folder_hex"])
    with db.session(read_only=True) as db_session:
        _check_folder(root, rows.count_tracks_below(db_session, root))
        return Inputs(
            root=root,
            workers=settings.threads,
            accept_missing=payload["accept_missing"],
            tracks=rows.known_tracks(db_session),
            failures=rows.known_failures(db_session, root),
        )


def compute(inputs: Inputs, report: Report) -> Generator[Output, None, None]:
    """Walks the folder and reads what is new or changed."""
    began = time.monotonic()
    report(0.0, "looking for files")
    walk = walk_folder(inputs.root)
    plan = plan_scan(
        walk.files, [track for track in inputs.tracks if _is_in(track, inputs.root)], inputs.failures
    )
    catalogue = Catalogue(inputs.tracks, root=inputs.root, walk=walk, unchanged=plan.unchanged)
    counts = Counter({Kind.UNCHANGED: len(plan.unchanged)})
    unusable = _unusable(walk)
    yield UnusableFiles(inputs.root, unusable)
    failed = [
        *unusable,
        *(
            FailedFile(FoundFile(known.path, known.size_bytes, known.modified_ns), known.code, known.reason)
            for known in plan.standing_failures
        ),
    ]
    with DecoderPool(inputs.workers) as pool:
        progress = _Progress(plan, report)
        for answer in read_files(pool, plan.to_read):
            if isinstance(answer, FailedFile):
                failed.append(answer)
                yield UnusableFiles(inputs.root, [answer])
            else:
                placement = catalogue.place(answer.file, answer.identity.content_hash, answer.tags)
                counts[placement.kind] += 1
                if placement.kind == Kind.DUPLICATE:
                    failed.append(rows.duplicate(answer, placement))
                yield PlacedFile(inputs.root, answer, placement)
            progress.read(answer.file)
        pool_memory_mb = pool.peak_memory_mb
    vanished_hashes, present = catalogue.vanished()
    believed = inputs.accept_missing or len(vanished_hashes) <= MOST_VANISHED * present
    seconds = time.monotonic() - began
    yield ScanEnd(
        root=inputs.root,
        returned_hashes=plan.returned_hashes,
        missing_hashes=vanished_hashes if believed else [],
        forgotten_failures=_forgotten(inputs.failures, failed, walk),
        result={
            "folder": shown_path(inputs.root),
            "found": len(walk.files) + len(walk.unusable),
            **{kind: counts[kind] for kind in (Kind.ADDED, Kind.UNCHANGED, Kind.MOVED, Kind.RETAGGED)},
            "missing": len(vanished_hashes) if believed else 0,
            "vanished": len(vanished_hashes),
            "tracks_before": present,
            "failed": [
                {"path": shown_path(entry.file.path), "code": entry.code, "reason": entry.reason}
                for entry in sorted(failed, key=lambda entry: entry.file.path)
            ],
            "seconds": round(seconds, 3),
            "tracks_per_second": round((sum(counts.values()) - len(plan.unchanged)) / seconds, 2),
            "peak_memory_mb": round(peak_memory_kb() * 1024 / 1e6 + pool_memory_mb, 1),
        },
    )


def store_result(db: Database, output: Output, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # each output may be stored twice
    """One file, or the end."""
    with db.session() as db_session:
        match output:
            case PlacedFile(root, read, placement):
                rows.store_read_file(db_session, root, read, placement)
            case UnusableFiles(root, failed):
                for entry in failed:
                    rows.store_failure(db_session, root, _retried(entry))
            case ScanEnd():
                rows.mark_returned(db_session, output.returned_hashes)
                rows.mark_missing(db_session, output.missing_hashes)
                rows.forget_failures(db_session, output.forgotten_failures)
                rows.folder_for(db_session, output.root).last_scanned_at = utc_now()
                all_lists_changed(db_session)
                return output.result
    return {}


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:  # noqa: ARG001  # every job is given it
    """What is new is listened to, after which the index is made anew."""
    return [embed_tracks(at_most=FIRST_TRACKS)]


class _Progress:
    """Reports the share of the work that is done: bytes, and a constant for each file."""

    def __init__(self, plan: ScanPlan, report: Report) -> None:
        self._report = report
        self._files = len(plan.to_read)
        self._files_read = 0
        self._cost = sum(file.size_bytes + COST_PER_FILE_BYTES for file in plan.to_read)
        self._cost_read = 0
        report(0.0, f"{self._files} files to read")

    def read(self, file: FoundFile) -> None:
        self._files_read += 1
        self._cost_read += file.size_bytes + COST_PER_FILE_BYTES
        self._report(self._cost_read / self._cost, f"{self._files_read} of {self._files} files")


def _check_folder(root: bytes, known: int) -> None:
    kept = f" Its {known} tracks are kept." if known else ""
    try:
        os.scandir(root).close()
    except FileNotFoundError as error:
        raise NotFound(f"There is no folder {shown_path(root)}.{kept}", code="folder_not_found") from error
    except NotADirectoryError as error:
        raise InvalidRequest(f"{shown_path(root)} is not a folder.{kept}", code="not_a_folder") from error
    except OSError as error:
        raise InvalidRequest(
            f"The folder {shown_path(root)} cannot be listed: {error.strerror}.{kept}",
            code="folder_unreadable",
        ) from error


def _is_in(track: KnownTrack, root: bytes) -> bool:
    return track.path is not None and is_below(track.path, root)


def _unusable(walk: FolderWalk) -> list[FailedFile]:
    return [
        *(FailedFile(entry.file, entry.code, entry.reason) for entry in walk.unusable),
        *(
            FailedFile(FoundFile(folder, NO_SIZE, NO_TIME), "unreadable_folder", "It cannot be listed.")
            for folder in walk.unreadable_folders
        ),
    ]


def _retried(failed: FailedFile) -> FailedFile:
    if failed.code not in PASSING:
        return failed
    return replace(failed, file=replace(failed.file, size_bytes=NO_SIZE, modified_ns=NO_TIME))


def _forgotten(before: Iterable[KnownFailure], now: Iterable[FailedFile], walk: FolderWalk) -> list[bytes]:
    still = {entry.file.path for entry in now}
    return [
        failure.path
        for failure in before
        if failure.path not in still
        and not any(is_below(failure.path, folder) for folder in walk.unreadable_folders)
    ]
