"""Parts of the bench that judge written notes, and those that take time."""

import json
from collections.abc import Callable
from pathlib import Path

from service.bench.generator.codec_quality import measure_codec
from service.bench.generator.outcome import PartResult
from service.bench.generator.speed import Request, SpeedPlan, measure_speed
from service.bench.generator.stable_audio import TINY, measure_stable_audio
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
        two_sample_auc=None,
    )
    return PartResult({"codec": figures})


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
