"""Homespun's composer beside the architecture of Stable Audio 3 small-music, in the same run on the same machine.

The weights are random: what a network costs does not depend on them, and the published ones are not needed. Its sound is
therefore noise, and nothing is said here of its quality.
"""

import os
import platform
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoencoderSAME,
    FlowMatchEulerDiscreteScheduler,
    StableAudio3DiTModel,
    StableAudio3DurationEmbedder,
    StableAudio3Pipeline,
)

from generator.networks import ANCHORS_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from service.bench.generator.speed import band_request

STEPS = 8
"""Of the published, distilled model, which is used without guidance."""

PROMPT_TOKENS, PROMPT_NUMBERS = 256, 768

SOURCES = (
    (
        "Denoiser: github.com/Stability-AI/stable-audio-3, optimized/mlx/models/defs/dit_mlx.py (sa3-sm-music: embed_dim 1024, "
        "depth 20, 16 heads, plain attention, 64 memory tokens); the published size is 459M parameters."
    ),
    (
        "Autoencoder: SAME-S is what diffusers' AutoencoderSAME is by default, as its documentation says; the published size is "
        "108M parameters."
    ),
    "Eight steps, no guidance, stochastic sampling: diffusers' StableAudio3Pipeline, for the distilled models.",
)

IN_ITS_FAVOUR = (
    "Reading the prompt (T5Gemma) and the zeros that the reference feeds its inpainting inputs are not timed.",
    (
        "The decoder works on stretches of 52 latents with what lies in view of them: diffusers attends from every token to "
        "every other and masks all but its neighbours, which takes far longer for a minute and gives the same."
    ),
    "Of float32 and bfloat16 the one that takes a step in less time is used.",
)

STRETCH_LATENTS = 52

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Architecture:
    """Sizes of both networks; those that are not given are diffusers' own, which are the published ones."""

    denoiser: dict[str, Any] = field(
        default_factory=lambda: {
            "embed_dim": 1024,
            "depth": 20,
            "num_heads": 16,
            "use_differential_attention": False,
        }
    )
    autoencoder: dict[str, Any] = field(default_factory=dict)


TINY = Architecture(
    {"embed_dim": 64, "depth": 1, "num_heads": 2, "use_differential_attention": False},
    {"encoder_channels": 32, "encoder_transformer_depths": [1]},
)
"""Shows that it runs, and says nothing about the published model."""


@dataclass(frozen=True)
class Spent:
    """Time by the clock and of all cores."""

    seconds: float
    cpu_seconds: float

    @classmethod
    def of(cls, work: Callable[[], object]) -> "Spent":
        """What the work takes."""
        begun, used = time.perf_counter(), time.process_time()
        work()
        return cls(time.perf_counter() - begun, time.process_time() - used)

    def to_json(self) -> dict[str, float]:
        """Rounded to milliseconds."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def measure_stable_audio(
    weights_dir: Path,
    threads: int,
    report: Report,
    *,
    architecture: Architecture | None = None,
    music_seconds: float = 60.0,
    times: int = 3,
) -> dict[str, Any]:
    """Both make so many seconds of sound with the same threads: ours `times` times, half before and half after the other.

    Ours is all from the request to mastered sound; the other is denoiser and decoder, in bfloat16 or float32, whichever does
    one step in less time. `value` compares CPU-seconds, which other work on the machine changes least; `by_clock` the time
    that passed. Both sides are run once before to warm up.
    """
    architecture = architecture or Architecture()
    load = os.getloadavg()[0]
    asked = band_request(AnchorTable.load(weights_dir / ANCHORS_FILE), music_seconds)
    composer = Composer.load(weights_dir, threads)
    composer.compose(asked, 0)
    half = (times + 1) // 2
    report(0.1, "composing")
    ours = [Spent.of(partial(composer.compose, asked, seed)) for seed in range(1, half + 1)]
    report(0.3, "making its networks")
    torch.set_num_threads(threads)
    steps_tried, pipeline = _quicker(architecture, music_seconds)
    report(0.5, "running its networks")
    theirs, stages = _generate(pipeline, music_seconds)
    report(0.9, "composing")
    ours += [Spent.of(partial(composer.compose, asked, seed)) for seed in range(half + 1, times + 1)]
    return {
        "vs_stable_audio_3_small": {
            "value": _ratio(theirs.cpu_seconds, [each.cpu_seconds for each in ours], np.median),
            "low": _ratio(theirs.cpu_seconds, [each.cpu_seconds for each in ours], np.max),
            "high": _ratio(theirs.cpu_seconds, [each.cpu_seconds for each in ours], np.min),
            "n": times,
            "by_clock": _ratio(theirs.seconds, [each.seconds for each in ours], np.median),
            "denoiser_alone": _ratio(
                sum(each.cpu_seconds for each in stages["steps"]),
                [each.cpu_seconds for each in ours],
                np.median,
            ),
        },
        "music_seconds": music_seconds,
        "ours": [each.to_json() for each in ours],
        "theirs": {
            **theirs.to_json(),
            "steps": [each.to_json() for each in stages["steps"]],
            "decoder": stages["decoder"].to_json(),
            "dtype": str(pipeline.transformer.dtype).removeprefix("torch."),
            "one_step_by_dtype": {name: each.to_json() for name, each in steps_tried.items()},
            "denoiser_parameters": _parameters(pipeline.transformer),
            "autoencoder_parameters": _parameters(pipeline.vae),
            "configured": asdict(architecture),
            "sources": list(SOURCES),
            "in_its_favour": list(IN_ITS_FAVOUR),
        },
        "machine": {
            "threads": threads,
            "cpus": os.cpu_count(),
            "load_at_the_beginning": round(load, 2),
            "platform": f"{platform.machine()}, Python {platform.python_version()}",
            "torch": version("torch"),
            "diffusers": version("diffusers"),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
        },
    }


def make_pipeline(architecture: Architecture, dtype: torch.dtype) -> Any:
    """The pipeline with random weights and neither tokenizer nor text encoder: its prompts are given as numbers."""
    with warnings.catch_warnings():
        # diffusers 0.42 normalises weights by a function that torch would replace.
        warnings.filterwarnings("ignore", category=FutureWarning, message=".*weight_norm.*")
        networks = {
            "vae": AutoencoderSAME(**architecture.autoencoder),
            "duration_embedder": StableAudio3DurationEmbedder(),
            "transformer": StableAudio3DiTModel(**architecture.denoiser),
        }
    for network in networks.values():
        # Their own `to` warns of modules to be kept in float32, of which these networks have none.
        torch.nn.Module.to(network.eval(), dtype)
    pipeline = StableAudio3Pipeline(
        text_encoder=None,
        tokenizer=None,
        scheduler=FlowMatchEulerDiscreteScheduler(stochastic_sampling=True),
        **networks,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _quicker(architecture: Architecture, music_seconds: float) -> tuple[dict[str, Spent], Any]:
    """CPU-time of one step (the second of two) by precision, and the pipeline of the quicker one."""
    tried: dict[str, Spent] = {}
    chosen = None
    for dtype in (torch.float32, torch.bfloat16):
        pipeline = make_pipeline(architecture, dtype)
        steps = _Steps()
        _run(pipeline, music_seconds, 2, steps)
        best = min((each.cpu_seconds for each in tried.values()), default=np.inf)
        tried[str(dtype).removeprefix("torch.")] = steps.spent[-1]
        if steps.spent[-1].cpu_seconds < best:
            chosen = pipeline
    return tried, chosen


def _generate(pipeline: Any, music_seconds: float) -> tuple[Spent, dict[str, Any]]:
    """What sound of this length takes from noise, in all and by stage; a stretch is decoded before to warm up."""
    decode_in_stretches(pipeline.vae, _run(pipeline, 1.0, 1, _Steps()))
    steps = _Steps()
    latents: list[torch.Tensor] = []
    denoiser = Spent.of(lambda: latents.append(_run(pipeline, music_seconds, STEPS, steps)))
    decoder = Spent.of(lambda: decode_in_stretches(pipeline.vae, latents[0]))
    whole = Spent(denoiser.seconds + decoder.seconds, denoiser.cpu_seconds + decoder.cpu_seconds)
    return whole, {"steps": steps.spent, "decoder": decoder}


@torch.inference_mode()
def decode_in_stretches(
    autoencoder: Any, latents: torch.Tensor, stretch: int = STRETCH_LATENTS
) -> torch.Tensor:
    """Sound (1, 2, time) of latents (1, channels, frames), the same as of all at once.

    A layer looks `sliding_window` latents to each side, so all layers together look that far times their number.
    """
    config = autoencoder.config
    view = config.sliding_window * sum(config.encoder_transformer_depths)
    frames, ratio = latents.shape[-1], autoencoder.downsampling_ratio
    parts = []
    for start in range(0, frames, stretch):
        end = min(start + stretch, frames)
        first, last = max(start - view, 0), min(end + view, frames)
        sound = autoencoder.decode(latents[..., first:last]).sample
        parts.append(sound[..., (start - first) * ratio : (end - first) * ratio])
    return torch.cat(parts, dim=-1)


class _Steps:
    """Told of each step's end, keeps what it took."""

    def __init__(self) -> None:
        self.spent: list[Spent] = []
        self._begun, self._used = time.perf_counter(), time.process_time()

    def __call__(self, pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        del pipeline, step, timestep
        begun, used = time.perf_counter(), time.process_time()
        self.spent.append(Spent(begun - self._begun, used - self._used))
        self._begun, self._used = begun, used
        return tensors


def _run(pipeline: Any, music_seconds: float, steps: int, told: _Steps) -> torch.Tensor:
    """Latents (1, channels, frames) after so many steps from noise."""
    latents: torch.Tensor = pipeline(
        prompt_embeds=torch.zeros(1, PROMPT_TOKENS, PROMPT_NUMBERS, dtype=pipeline.transformer.dtype),
        duration=music_seconds,
        num_inference_steps=steps,
        callback_on_step_end=told,
        output_type="latent",
    ).audios
    return latents


def _parameters(network: torch.nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


def _ratio(theirs: float, ours: list[float], of: Callable[[list[float]], Any]) -> float:
    return round(theirs / float(of(ours)), 2)
