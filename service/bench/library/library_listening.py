"""A folder of music is scanned and listened to by the service's own jobs, and what that costs is measured."""

import os
import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.bench.library.family_memory import FamilyMemory
from service.bench.library.mel_comparison import compare_mels
from service.errors import InvalidRequest
from service.library.hearing import STAGES
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.tables import EmbeddingFailure, Track, TrackEmbedding

LEAST_TRACKS_A_SECOND = 1.0
MOST_CPU_SECONDS_A_TRACK = 1.9
MOST_MEMORY_MB = 1_200.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Jobs:
    """The service's own way to read a folder and to listen to all of it; each gives its job's result."""

    scan: Callable[[Report], dict[str, Any]]
    listen: Callable[[Report], dict[str, Any]]


@dataclass(frozen=True)
class Measured:
    """The report, what stands behind it by track, and the looks at the memory."""

    report: dict[str, Any]
    tracks: list[dict[str, Any]]
    memory_samples: list[dict[str, float]]


def measure_listening(
    database: Database, settings: Settings, jobs: Jobs, say: Say, *, compare: bool = True
) -> Measured:
    """Scans and listens to an empty store's folder, and compares the mel spectrograms where that is wished.

    Raises InvalidRequest (``nothing_to_hear``) where the folder holds no track, and what the jobs raise.
    """
    say("reading the folder")
    scanning = _Spent()
    scanned = jobs.scan(lambda _share, _words: None)
    scan = scanning.until_now()
    rows = _tracks(database)
    if not rows:
        raise InvalidRequest("There is no track in that folder.", code="nothing_to_hear")
    say(f"listening to {len(rows)} tracks")
    listening = _Spent()
    with FamilyMemory() as memory:

        def report(share: float, words: str) -> None:
            memory.at(share)
            say(words)

        result = jobs.listen(report)
        memory.at(1.0)
    listen = listening.until_now()
    listen.own_cpu_seconds -= memory.cpu_seconds
    listen.cpu_seconds -= memory.cpu_seconds
    tracks = _heard(database)
    if compare:
        say("comparing mel spectrograms")
    mel = compare_mels([Path(os.fsdecode(row.path)) for row in rows]) if compare else None
    costs = _costs(result, listen)
    speed = {
        "tracks_per_second": round(len(rows) / listen.seconds, 3),
        "tracks_per_second_with_scan": round(len(rows) / (listen.seconds + scan.seconds), 3),
    }
    found = memory.to_json()
    return Measured(
        {
            "library": {
                "files": scanned["found"],
                "tracks": len(rows),
                "mean_seconds": round(sum(row.duration_seconds for row in rows) / len(rows), 1),
                "skipped": _skipped(scanned["failed"]),
            },
            "machine": {"cpus": len(os.sched_getaffinity(0)), "processes_listening": settings.threads},
            "scan": {"seconds": round(scan.seconds, 2), "cpu_seconds": round(scan.cpu_seconds, 2)},
            "listening": {
                "heard": result["embedded"],
                "failed": dict(Counter(each["code"] for each in result["failed"])),
                "warnings": dict(Counter(code for track in tracks for code in track["warnings"])),
                "no_music": sum(not track["is_music"] for track in tracks),
                "seconds": round(listen.seconds, 2),
                **speed,
                "cpu_seconds_a_track": costs,
            },
            "memory": found,
            "mel": mel,
            "bars": {
                "tracks_per_second": _bar(speed["tracks_per_second"], LEAST_TRACKS_A_SECOND, is_least=True),
                "cpu_seconds_a_track": _bar(costs["all"], MOST_CPU_SECONDS_A_TRACK, is_least=False),
                "peak_memory_mb": _bar(found["peak_mb"], MOST_MEMORY_MB, is_least=False),
            },
        },
        tracks,
        memory.samples,
    )


class _Spent:
    """Time by the clock, and CPU-seconds of this process alone and with all that it started and saw end."""

    def __init__(self) -> None:
        self.seconds, self.own_cpu_seconds, self.cpu_seconds = _now()

    def until_now(self) -> "_Spent":
        spent = _Spent()
        spent.seconds -= self.seconds
        spent.own_cpu_seconds -= self.own_cpu_seconds
        spent.cpu_seconds -= self.cpu_seconds
        return spent


def _now() -> tuple[float, float, float]:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time()
    return time.monotonic(), own, own + ended.ru_utime + ended.ru_stime


def _costs(result: dict[str, Any], listen: _Spent) -> dict[str, float]:
    """CPU-seconds a track, of all processes: the stages, storing, and starting the processes; ``all`` is measured."""
    tracks = max(1, result["embedded"] + len(result["failed"]))
    stages = {stage: result["cpu_seconds"].get(stage, 0.0) for stage in STAGES}
    in_this_process = listen.own_cpu_seconds
    costs = stages | {
        "store": in_this_process,
        "start_and_rest": listen.cpu_seconds - sum(stages.values()) - in_this_process,
        "all": listen.cpu_seconds,
    }
    return {name: round(seconds / tracks, 4) for name, seconds in costs.items()}


def _tracks(database: Database) -> list[Any]:
    with database.session(read_only=True) as db_session:
        return list(db_session.execute(select(Track.path, Track.duration_seconds).order_by(Track.path)))


def _heard(database: Database) -> list[dict[str, Any]]:
    """What was found in each track, or why nothing was."""
    told = [
        each.name
        for each in TrackEmbedding.__table__.columns
        if each.name not in ("track_id", "encoder_id", "vector", "tags", "emotion_curve", "created_at")
    ]
    with database.session(read_only=True) as db_session:
        heard = [
            {"path": os.fsdecode(path), "duration_seconds": seconds}
            | {name: getattr(row, name) for name in told}
            for row, path, seconds in db_session.execute(
                select(TrackEmbedding, Track.path, Track.duration_seconds).join(
                    Track, Track.id == TrackEmbedding.track_id
                )
            )
        ]
        failed = db_session.execute(
            select(EmbeddingFailure, Track.path).join(Track, Track.id == EmbeddingFailure.track_id)
        )
        return heard + [
            {
                "path": os.fsdecode(path),
                "failed": row.code,
                "reason": row.reason,
                "warnings": [],
                "is_music": True,
            }
            for row, path in failed
        ]


def _skipped(failed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How many files are no tracks of the library, by code, and one of the reasons."""
    counts = Counter(each["code"] for each in failed)
    example = {each["code"]: each["reason"] for each in failed}
    return {code: {"files": count, "for_example": example[code]} for code, count in counts.most_common()}


def _bar(found: float | None, bar: float, *, is_least: bool) -> dict[str, Any]:
    is_held = found is not None and (found >= bar if is_least else found <= bar)
    return {"found": found, "bar": bar, "is_held": is_held}
