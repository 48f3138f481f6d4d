"""What the stages of a training run share: how much of everything, files that are whole, and shards that wait."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import distributed


@dataclass(frozen=True)
class RecipeConfig:
    """How much of everything; `grade` and `licence` train without the rest of the corpus.

    `start_from` is a folder of weights to go on from: what of them fits the networks is where these begin, and its anchors
    are taken over as they were heard. With no `codec_steps` and no `decoder_steps` its codec stays as it is.
    """

    codec_steps: int = 11_000
    codec_learning_rate: float = 1.5e-3
    decoder_steps: int = 600
    decoder_learning_rate: float = 7e-4
    denoiser_steps: int = 2000
    denoiser_learning_rate: float = 1e-3
    anchors: int = 1100
    seed: int = 0
    device: str = "cpu"
    grade: str | None = None
    licence: str | None = None
    start_from: str | None = None


def wait_for_all_shards() -> None:
    """Let shard 0 finish a stage that is done once for all."""
    if distributed.is_initialized():
        distributed.barrier()


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then rename it: a stage is either done or not."""
    part = path.with_name(f"part-{path.name}")
    write(part)
    part.replace(path)
