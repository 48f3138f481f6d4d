"""The bench of the generator: pieces are composed for the clusters of a library, and each part judges them by its own means."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from generator.checkpoint import CHECKSUMS_FILE
from service.bench.ear.outcome import Outcome
from service.bench.generator.bars import bars_of
from service.bench.generator.note_parts import (
    codec_part,
    copying_part,
    quality_part,
    speed_part,
    stable_audio_part,
    typicality_part,
)
from service.bench.generator.outcome import PartResult, PartStore, merged
from service.bench.generator.sound_parts import emotion_part, index_part, style_part
from service.bench.generator.speed import Request
from service.bench.generator.workbench import GeneratorPlan, Report, Workbench
from service.settings import Settings

Part = Callable[[Workbench], PartResult]

MINUTES = {
    "codec": 4,
    "speed": 3,
    "stable-audio": 4,
    "quality": 6,
    "typicality": 15,
    "copying": 5,
    "style": 30,
    "emotion": 15,
    "index": 1,
}
"""About how long each part takes at full size on two cores, for the time left: names are those of `--only`."""

COMPOSING_MINUTES = 30
_NEED_PIECES = frozenset({"quality", "typicality", "copying", "style", "index"})


def measure_generator(
    plan: GeneratorPlan,
    settings: Settings,
    weights_dir: Path,
    out: Path,
    request: Request,
    report: Report,
) -> Outcome:
    """Measure all parts of the plan; ``out`` keeps pieces, hearings and each part's result, so that stopping costs little.

    Parts that `only` names are measured anew, what was measured of the others in an earlier run of the same plan is told
    again. Raises what the parts raise: NotFound (no_music, no_clusters), InvalidRequest (wrong_corpus, wrong_requests),
    NotPrepared (models_not_prepared, weights_missing), CorruptArtifact.
    """
    began = time.monotonic()
    torch.set_num_threads(settings.threads)
    bench = Workbench(plan, settings, weights_dir, out)
    config = _config(plan, bench)
    store = PartStore(out / "parts", _key(config, weights_dir))
    results = _measure(_parts(request), bench, store, report)
    whole = merged(
        [{"bench": "generator", "config": config}, *(result.report for result in results.values())]
    )
    if "pieces" in vars(bench):
        whole["pieces"] = _told_of_pieces(bench)
    whole["bars"] = bars_of(whole)
    whole["seconds"] = round(time.monotonic() - began, 1)
    outcome = Outcome(report=whole)
    for result in results.values():
        outcome.rows |= {name: rows for name, rows in result.rows.items() if rows}
    if "pieces" in vars(bench):
        outcome.rows["pieces"] = _rows_of_pieces(bench)
    return outcome


def _parts(request: Request) -> dict[str, Part]:
    """All parts in the order in which they are measured: what needs no pieces goes first."""
    return {
        "codec": codec_part,
        "speed": speed_part(request),
        "stable-audio": stable_audio_part,
        "emotion": emotion_part,
        "quality": quality_part,
        "typicality": typicality_part,
        "copying": copying_part,
        "style": style_part,
        "index": index_part,
    }


def _measure(
    parts: Mapping[str, Part], bench: Workbench, store: PartStore, report: Report
) -> dict[str, PartResult]:
    only = bench.plan.only
    kept = {name: found for name in parts if (found := store.get(name)) is not None and name not in only}
    left = [name for name in parts if name not in kept and (not only or name in only)]
    needs_pieces = bool(_NEED_PIECES & set(left))
    whole = sum(MINUTES[name] for name in left) + COMPOSING_MINUTES * needs_pieces
    done = 0.0
    results = dict(kept)
    for name in left:
        if name in _NEED_PIECES and "pieces" not in vars(bench):
            bench.report = _share_of(report, "pieces", done / whole, COMPOSING_MINUTES / whole)
            _ = bench.pieces
            done += COMPOSING_MINUTES
        bench.report = _share_of(report, name, done / whole, MINUTES[name] / whole)
        bench.report(0.0, "beginning")
        try:
            results[name] = store.put(name, parts[name](bench))
        except ValueError as error:
            # One part that has too little to judge by must not cost the hours of all others; it is tried again next time.
            results[name] = PartResult({"not_measured": {name: str(error)}})
        done += MINUTES[name]
    return {name: results[name] for name in parts if name in results}


def _share_of(report: Report, name: str, begins: float, width: float) -> Report:
    """A report of one part's own share of the whole."""
    return lambda share, words: report(begins + width * min(share, 1.0), f"{name}, {words}")


def _config(plan: GeneratorPlan, bench: Workbench) -> dict[str, Any]:
    told = {name: str(value) if isinstance(value, Path) else value for name, value in vars(plan).items()}
    return {
        "homespun": version("homespun"),
        "hearing_key": bench.store.key,
        **{name: value for name, value in told.items() if name != "only"},
        "scale": vars(plan.scale),
        "threads": bench.settings.threads,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}",
    }


def _key(config: Mapping[str, Any], weights_dir: Path) -> str:
    """Of all that results rest on but the code that measures: what is asked, the weights, and the encoder's state."""
    asked = {name: value for name, value in config.items() if name not in ("heard", "machine", "threads")}
    if asked["requests"] is not None:
        asked["requests"] = hashlib.sha256(Path(asked["requests"]).read_bytes()).hexdigest()
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    sums = weights_dir / CHECKSUMS_FILE
    if sums.is_file():
        digest.update(sums.read_bytes())
    return digest.hexdigest()


def _told_of_pieces(bench: Workbench) -> dict[str, Any]:
    pieces = bench.pieces
    return {
        "n": len(pieces),
        "clusters": len({piece.cluster for piece in pieces}),
        "seconds_each": bench.scale.piece_seconds,
        "passed": sum(piece.passed for piece in pieces),
        "tracks_unheard": bench.failures,
    }


def _rows_of_pieces(bench: Workbench) -> list[dict[str, Any]]:
    return [
        {
            "name": piece.name,
            "cluster": piece.cluster,
            "seed": piece.seed,
            "passed": piece.passed,
            "failures": list(piece.failures),
            "notes": piece.notes.note_count,
            "tempo_bpm": round(piece.conditioning.tempo_bpm, 2),
            "key": piece.conditioning.key,
            "mode": piece.conditioning.mode,
            "metre": piece.conditioning.metre,
            "programs": piece.conditioning.programs,
            "compose_seconds": round(sum(piece.seconds.values()), 3),
            "midi": piece.midi_file.name,
            "flac": piece.flac_file.name,
        }
        for piece in bench.pieces
    ]
