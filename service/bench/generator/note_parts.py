"""Parts of the bench that judge written notes, and those that take time."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from generator.dataset import BarDataset
from generator.engines.markov import ORDERS, MarkovEngine
from generator.measures.clash_levels import nearest_style
from generator.windows import find_windows
from service.bench.generator.codec_quality import measure_codec
from service.bench.generator.copies import CopyPiece, CopyScale, measure_copies
from service.bench.generator.outcome import PartResult
from service.bench.generator.quality import OurPiece, measure_quality, reconstruction_auc
from service.bench.generator.quality_ladder import drawn_like
from service.bench.generator.real_windows import read_real_windows
from service.bench.generator.speed import Request, SpeedPlan, measure_speed
from service.bench.generator.stable_audio import TINY, measure_stable_audio
from service.bench.generator.typicality import JudgedPiece, TypicalityScale, measure_typicality
from service.bench.generator.workbench import Workbench
from service.store.media import write_atomically

STABLE_AUDIO_FILE = "stable_audio_3_small.json"


def codec_part(bench: Workbench) -> PartResult:
    """What the codec keeps of the bars of test works."""
    figures = measure_codec(
        bench.composer.codec,
        bench.dataset,
        bench.rng(),
        bench.report,
        most_bars=bench.scale.codec_bars,
        windows=bench.scale.real_windows,
        split=bench.plan.split,
        two_sample_auc=reconstruction_auc,
    )
    return PartResult({"codec": figures})


def quality_part(bench: Workbench) -> PartResult:
    """Whether a judge tells composed pieces from real ones; clashes and form beside real; each measure's ladder."""
    dataset = bench.dataset
    ours = [
        OurPiece(piece.notes, piece.cluster, nearest_style(piece.conditioning.style, bench.anchors))
        for piece in bench.pieces
    ]
    quality = measure_quality(
        ours,
        read_real_windows(dataset, bench.plan.split, bench.scale.real_windows, bench.rng()),
        read_real_windows(dataset, "train", bench.scale.learnt_windows, bench.rng()),
        drawn_like(_markov(dataset, "markov")),
        bench.rng(),
        bench.report,
        trees=bench.scale.trees,
        draws=bench.scale.draws,
    )
    return PartResult({"quality": quality.figures}, quality.rows)


def typicality_part(bench: Workbench) -> PartResult:
    """How surprising pieces are to a judge of works that the generator never saw, beside other such works."""
    scale = TypicalityScale(
        judge_steps=bench.scale.judge_steps,
        real_windows=bench.scale.real_windows,
        rungs=bench.scale.rungs,
    )
    pieces = [JudgedPiece(piece.name, piece.cluster, piece.notes) for piece in bench.pieces]
    return measure_typicality(pieces, bench.dataset, bench.out / "judges", bench.rng(), bench.report, scale)


def copying_part(bench: Workbench) -> PartResult:
    """How much pieces repeat of the training works, beside works that were held back."""
    return measure_copies(
        [CopyPiece(piece.name, piece.cluster, piece.notes) for piece in bench.pieces],
        bench.dataset,
        bench.composer.guard,
        {name: drawn_like(_markov(bench.dataset, name)) for name in ORDERS},
        bench.rng(),
        bench.report,
        CopyScale(bench.scale.real_windows, bench.scale.rungs, bench.scale.draws),
        split=bench.plan.split,
    )


def _markov(dataset: BarDataset, name: str) -> MarkovEngine:
    windows = find_windows(dataset, "train")
    return MarkovEngine.fit(dataset, windows, np.random.default_rng(0), order=ORDERS[name], name=name)


def speed_part(request: Request) -> Callable[[Workbench], PartResult]:
    """How fast it composes, alone and by this way to ask the service; what it holds and weighs."""

    def part(bench: Workbench) -> PartResult:
        plan = SpeedPlan(bench.scale.speed_seconds, bench.scale.speed_times)
        return PartResult(
            measure_speed(bench.weights_dir, bench.settings.threads, plan, request, bench.report)
        )

    return part


def stable_audio_part(bench: Workbench) -> PartResult:
    """Beside the architecture of Stable Audio 3 small-music; with `quick` beside a tiny one, which says nothing of it."""
    told = measure_stable_audio(
        bench.weights_dir,
        bench.settings.threads,
        bench.report,
        architecture=TINY if bench.plan.quick else None,
        music_seconds=bench.scale.speed_seconds,
        times=bench.scale.speed_times,
    )
    _write(bench.out / STABLE_AUDIO_FILE, told)
    figure = told["vs_stable_audio_3_small"]
    return PartResult({"speed": {"vs_stable_audio_3_small": figure}, "stable_audio": told})


def _write(path: Path, content: dict[str, object]) -> None:
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
