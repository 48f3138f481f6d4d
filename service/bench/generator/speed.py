"""How fast music is composed, and what it costs: alone, and as the service's own job from request to playable file."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from generator.conditioning import Conditioning
from generator.networks import ANCHORS_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from service.bench.peak_memory import peak_memory_mb

Report = Callable[[float, str], None]
Request = Callable[[float, int], None]
"""Composes so many seconds of music by this seed through the service's job, until the file can be played."""


@dataclass(frozen=True)
class SpeedPlan:
    """How long the pieces are, and how often each is composed after a first time that warms up."""

    music_seconds: float
    times: int


def band_request(anchors: AnchorTable, seconds: float) -> Conditioning:
    """A request for all five rows at 120 bpm, which take longest to compose and to play, with textures as a taste's has."""
    whole = np.flatnonzero((anchors.programs >= 0).all(1))
    asking = anchors.vectors[whole[:1] if len(whole) else np.arange(1)]
    found = anchors.retrieve(asking, tempo_bpm=120.0, has_drums=True, mode="major")
    return Conditioning(
        seconds=seconds,
        tempo_bpm=120.0,
        key=0,
        mode="major",
        style=tuple(float(value) for value in found.style),
        programs=dict(found.programs),
        metre=found.metre,
        textures=found.textures,
    )


def measure_speed(
    weights_dir: Path, threads: int, plan: SpeedPlan, request: Request, report: Report
) -> dict[str, Any]:
    """Seconds of music a second from latent to notes (one plan a section), a whole request, memory and weights.

    `anew_x_realtime` is the same without textures, all rows drawn from noise.

    Times are by the clock, the median of `times` with the quickest and the slowest beside it; `load` is how many processes
    waited for a core when it began, since a busy machine takes longer.
    """
    load = os.getloadavg()[0]
    asked = band_request(AnchorTable.load(weights_dir / ANCHORS_FILE), plan.music_seconds)
    composer = Composer.load(weights_dir, threads)
    report(0.0, "composing notes")
    notes = time_repeated(lambda seed: composer.draft(asked, seed, plans=1), plan.times)
    report(0.2, "composing notes from nothing")
    anew = time_repeated(lambda seed: composer.draft(replace(asked, textures=()), seed, plans=1), plan.times)
    report(0.4, "composing as the service does")
    whole = time_repeated(lambda seed: request(plan.music_seconds, seed), plan.times)
    report(0.8, "composing in a process of its own")
    return {
        "speed": {
            "compose_x_realtime": _times_real_time(notes, plan),
            "anew_x_realtime": _times_real_time(anew, plan),
            "request_seconds_60s": {**whole, "music_seconds": plan.music_seconds},
            "threads": threads,
            "cpus": os.cpu_count(),
            "load": round(load, 2),
        },
        "memory_mb": {"value": composing_memory_mb(weights_dir, threads, asked), "n": 1},
        "weights_mb": {"value": weights_mb(weights_dir), "n": 1},
    }


def _times_real_time(taken: dict[str, Any], plan: SpeedPlan) -> dict[str, Any]:
    return {
        "value": round(plan.music_seconds / taken["value"], 2),
        "low": round(plan.music_seconds / taken["high"], 2),
        "high": round(plan.music_seconds / taken["low"], 2),
        "n": plan.times,
        "music_seconds": plan.music_seconds,
    }


def time_repeated(work: Callable[[int], object], times: int) -> dict[str, Any]:
    """Do the work once, then so often again, each time with another seed; the median, least and most seconds of these."""
    work(0)
    taken = []
    for seed in range(1, times + 1):
        begun = time.perf_counter()
        work(seed)
        taken.append(time.perf_counter() - begun)
    return {
        "value": round(float(np.median(taken)), 3),
        "low": round(min(taken), 3),
        "high": round(max(taken), 3),
        "n": times,
    }


def composing_memory_mb(weights_dir: Path, threads: int, asked: Conditioning) -> float:
    """The most that a fresh process held (megabytes of 10^6 bytes, resident) that loaded the weights and composed a piece."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return executor.submit(_compose_alone, weights_dir, threads, asked).result()


def weights_mb(weights_dir: Path) -> float:
    """All that ships with the generator beside its code, in megabytes of 10^6 bytes."""
    files = [path for path in weights_dir.rglob("*") if path.is_file()]
    return round(sum(path.stat().st_size for path in files) / 1e6, 2)


def _compose_alone(weights_dir: Path, threads: int, asked: Conditioning) -> float:
    AnchorTable.load(weights_dir / ANCHORS_FILE)
    Composer.load(weights_dir, threads).compose(asked, 0)
    return round(peak_memory_mb(), 1)
