"""The bench of the ear: a folder of music is heard, and what was heard is held against what is known of it."""

import os
import platform
import resource
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from recommender.embedding import ENCODER_NAME, VECTOR_SIZE
from service.audio import DecoderPool
from service.bench.ear.bars import bars_of
from service.bench.ear.descriptors import Row, descriptor_accuracy, real_row, rendered_rows
from service.bench.ear.emotions import emotion_ranks, mood_rows
from service.bench.ear.heard_store import HeardStore, HeardTrack
from service.bench.ear.hearing import Failures, ears, hear_library, one_thread
from service.bench.ear.known_tracks import PackagedTrack, known_from_tags, packaged_tracks
from service.bench.ear.labels import Labelling, by_path, label_tracks, read_table
from service.bench.ear.library import Library, LibraryTrack, read_library, read_tracks
from service.bench.ear.outcome import Outcome, track_rows, vector_arrays
from service.bench.ear.real_pairs import pair_recall
from service.bench.ear.robustness import measure_robustness
from service.bench.ear.style_retrieval import measure_retrieval, neighbours
from service.operations.encoder_weights import WEIGHTS_SHA256
from service.settings import Settings

Report = Callable[[float, str], None]

# How far each part is, of the whole: what takes longest moves the bar most.
_SHARES = {"reading": 0.05, "hearing": 0.5, "robustness": 0.7, "descriptors": 0.75, "pairs": 1.0}


@dataclass(frozen=True)
class EarPlan:
    """What is to be measured: folders, tables, parts (see the command), and how much of each."""

    library: Path
    corpus: Path | None
    styles: Path | None
    moods: Path | None
    parts: frozenset[str]
    limit: int | None
    shortest_seconds: float
    rendered: int
    changed: int
    seed: int


@dataclass(frozen=True)
class _Listened:
    """The tracks that were heard, in the order of their paths, what of each, and the packaged tracks that are known."""

    library: Library
    tracks: list[LibraryTrack]
    heard: list[HeardTrack]
    labelling: Labelling
    packaged: list[tuple[PackagedTrack, HeardTrack]]
    failures: Failures


def measure_ear(plan: EarPlan, settings: Settings, folder: Path, report: Report) -> Outcome:
    """Measure all parts of the plan; ``folder`` keeps what was heard, so that stopping costs little.

    Raises NotFound (no_music), InvalidRequest (wrong_table), and NotPrepared where the encoder's weights are missing.
    """
    began, outcome = time.monotonic(), Outcome()
    store = HeardStore(folder / "hearing", ENCODER_NAME, WEIGHTS_SHA256)
    outcome.report = {"bench": "ear", "config": _config(plan, settings, store)}
    with one_thread():
        listened = _listen(plan, settings, store, report)
        _tell_library(outcome, listened)
        if "retrieval" in plan.parts:
            outcome.report["retrieval"] = measure_retrieval(listened.heard, listened.labelling, _rng(plan))
        if "robustness" in plan.parts:
            _measure_robustness(outcome, plan, settings, listened, store, report)
        with ears(1) as executor:
            rendered = _begin_rendering(executor, plan, store)
            if "pairs" in plan.parts:
                _measure_pairs(outcome, plan, settings, listened, store, report)
            if "descriptors" in plan.parts:
                report(_SHARES["pairs"], "waiting for rendered pieces")
                _measure_descriptors(outcome, plan, listened, rendered)
        if "emotion" in plan.parts:
            _measure_emotion(outcome, plan, listened)
    outcome.report["bars"] = bars_of(outcome.report)
    outcome.report["seconds"] = round(time.monotonic() - began, 1)
    outcome.report["cpu_seconds"] = round(_cpu_seconds(), 1)
    return outcome


def _listen(plan: EarPlan, settings: Settings, store: HeardStore, report: Report) -> _Listened:
    styles = None if plan.styles is None else by_path(read_table(plan.styles, ("path", "style")), "style")
    packaged = packaged_tracks() if plan.parts & {"descriptors", "emotion"} else []
    with DecoderPool(settings.threads) as pool:
        library = read_library(
            plan.library,
            pool,
            shortest_seconds=plan.shortest_seconds,
            limit=plan.limit,
            rng=_rng(plan),
            report=_part(report, "reading", 0.0),
        )
        known = read_tracks(pool, [track.path for track in packaged])
    everything = {track.content_hash: track for track in (*library.tracks, *known.values())}
    heard, failures = hear_library(
        list(everything.values()),
        settings.models_dir,
        settings.threads,
        store,
        _part(report, "hearing", _SHARES["reading"]),
    )
    tracks = [track for track in library.tracks if track.content_hash in heard]
    return _Listened(
        library=library,
        tracks=tracks,
        heard=[heard[track.content_hash] for track in tracks],
        labelling=label_tracks([track.told for track in tracks], styles),
        packaged=[
            (track, heard[known[track.path].content_hash])
            for track in packaged
            if track.path in known and known[track.path].content_hash in heard
        ],
        failures=failures,
    )


def _tell_library(outcome: Outcome, listened: _Listened) -> None:
    seconds = [sum(each.facts["cpu_seconds"].values()) for each in listened.heard]
    outcome.report["library"] = {
        "tracks": len(listened.tracks),
        "albums": len(set(listened.labelling.albums)),
        "sources": len(set(listened.labelling.sources)),
        "failed": listened.failures,
        "left_out": dict(listened.library.left_out),
        "no_music": sum(not each.facts["is_music"] for each in listened.heard),
        "cpu_seconds_a_track": round(float(np.median(seconds)), 3) if seconds else None,
    }
    if listened.tracks:
        near = neighbours(listened.heard, listened.labelling)
        outcome.rows["tracks"] = track_rows(listened.tracks, listened.heard, listened.labelling, near)
        outcome.arrays = vector_arrays(listened.tracks, listened.heard)


def _measure_robustness(
    outcome: Outcome,
    plan: EarPlan,
    settings: Settings,
    listened: _Listened,
    store: HeardStore,
    report: Report,
) -> None:
    told, rows = measure_robustness(
        listened.tracks,
        listened.heard,
        count=plan.changed,
        models_dir=settings.models_dir,
        processes=settings.threads,
        store=store,
        rng=_rng(plan),
        report=_part(report, "robustness", _SHARES["hearing"]),
    )
    outcome.report["robustness"] = told
    outcome.rows["changed"] = rows


def _begin_rendering(
    executor: ProcessPoolExecutor, plan: EarPlan, store: HeardStore
) -> "Future[list[Row]] | None":
    """Pieces are rendered beside whatever else is measured."""
    if plan.corpus is None or "descriptors" not in plan.parts:
        return None
    return executor.submit(rendered_rows, plan.corpus, plan.rendered, plan.seed, store)


def _measure_descriptors(
    outcome: Outcome, plan: EarPlan, listened: _Listened, rendered: "Future[list[Row]] | None"
) -> None:
    rows = [] if rendered is None else rendered.result()
    for track, heard, album in zip(listened.tracks, listened.heard, listened.labelling.albums, strict=True):
        known = known_from_tags(track.bpm_tag, track.key_tag)
        if known.bpm or known.mode:
            rows.append(real_row(track.told.path, album, "library's tags", known, heard))
    # Tracks of one mood and kind were asked for with one tempo and mostly one key: they are one witness.
    rows += [
        real_row(track.path.name, track.path.stem.rpartition("_")[0], "packaged", track.known, heard)
        for track, heard in listened.packaged
    ]
    outcome.report["descriptors"] = descriptor_accuracy(rows, _rng(plan))
    if plan.corpus is None:
        outcome.report["descriptors"]["not_measured"] = "Rendered pieces need --corpus."
    outcome.rows["descriptors"] = rows


def _measure_emotion(outcome: Outcome, plan: EarPlan, listened: _Listened) -> None:
    rows = mood_rows(
        listened.packaged, plan.moods, listened.tracks, listened.heard, listened.labelling.albums
    )
    outcome.report["emotion"] = emotion_ranks(rows, _rng(plan))
    outcome.rows["emotion"] = rows


def _measure_pairs(
    outcome: Outcome,
    plan: EarPlan,
    settings: Settings,
    listened: _Listened,
    store: HeardStore,
    report: Report,
) -> None:
    told, rows, vectors = pair_recall(
        listened.tracks,
        plan.corpus,
        settings.models_dir,
        store,
        _part(report, "pairs", _SHARES["descriptors"]),
    )
    outcome.report["pairs"] = told
    outcome.rows["pairs"] = rows
    outcome.arrays |= vectors


def _config(plan: EarPlan, settings: Settings, store: HeardStore) -> dict[str, Any]:
    return {
        "homespun": version("homespun"),
        "encoder": {"name": ENCODER_NAME, "sha256": WEIGHTS_SHA256, "vector_size": VECTOR_SIZE},
        "hearing_key": store.key,
        **{
            name: str(value)
            if isinstance(value, Path)
            else sorted(value)
            if isinstance(value, frozenset)
            else value
            for name, value in vars(plan).items()
        },
        "processes": settings.threads,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}",
    }


def _rng(plan: EarPlan) -> np.random.Generator:
    """Each part draws from the beginning, so that leaving one out changes no other."""
    return np.random.default_rng(plan.seed)


def _part(report: Report, name: str, begins: float) -> Report:
    """A report of one part's own share of the whole."""
    return lambda share, words: report(begins + (_SHARES[name] - begins) * share, words)


def _cpu_seconds() -> float:
    """Of this process and of those it started and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
