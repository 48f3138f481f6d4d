"""Fitting the codec, and measuring what it loses."""

from pathlib import Path

import numpy as np
import torch

from generator.codec import LINES, Codec, codec_loss
from generator.dataset import SPLITS, BarDataset, bar_planes
from generator.notes import ROWS
from generator.training.loop import LoopConfig, Report, fit

BARS_A_STEP = 96


def bar_weights(dataset: BarDataset, split: str) -> np.ndarray:
    """Return how often each bar (bars,) is drawn: by work rather than by piece, real bands up, drum takes down."""
    in_split = dataset.piece_split == SPLITS.index(split)
    _, work = np.unique(dataset.piece_work, return_inverse=True)
    bars_of_work = np.bincount(work, weights=dataset.piece_bars * in_split)
    lines = (dataset.piece_programs[:, :LINES] >= 0).sum(1)
    has_drums = dataset.piece_programs[:, LINES] >= 0
    generated = np.char.startswith(dataset.piece_source.astype(str), "mma")
    band = has_drums & (lines >= 2)
    factor = np.select([band & ~generated, band, has_drums], [6.0, 1.5, 0.7], 1.0)
    per_piece = in_split * factor / np.sqrt(np.maximum(bars_of_work[work], 1.0))
    weights = per_piece[dataset.bar_piece]
    return np.asarray(weights / weights.sum())


def fit_codec(
    codec: Codec,
    dataset: BarDataset,
    config: LoopConfig,
    checkpoint: Path,
    report: Report,
    *,
    most_noise: float | None = None,
) -> list[dict[str, float]]:
    """Train the codec on the training works and return the curve; `most_noise` as in `codec_loss`."""
    cumulative = np.cumsum(bar_weights(dataset, "train"))
    segment_range = dataset.segment_range()

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        draw = np.random.default_rng((config.seed, number, config.shard))
        bars = np.searchsorted(cumulative, draw.random(BARS_A_STEP)).clip(0, len(cumulative) - 1)
        planes = bar_planes(dataset, segment_range, bars)
        return codec_loss(codec, planes.to(config.device), rng, most_noise=most_noise)

    return fit(codec, step, config, checkpoint, report)


@torch.inference_mode()
def onset_f1(
    codec: Codec, dataset: BarDataset, bars: np.ndarray, *, noise: float, rng: torch.Generator
) -> dict[str, float]:
    """Return the onset F1 of each row over bars (batch,), with Gaussian latent noise of `noise` deviations added."""
    planes = bar_planes(dataset, dataset.segment_range(), bars)
    mean, _ = codec.encode(planes)
    latent = mean + noise * mean.flatten(0, 1).std(0) * torch.randn(mean.shape, generator=rng)
    logits = codec.decode(latent, planes.chords, planes.patches)
    result = {}
    for row, name in enumerate(ROWS):
        true = (planes.onset[:, row] if row < LINES else planes.drum_onset) > 0.5
        said = (logits.onset[:, row] if row < LINES else logits.drum_onset) > 0.0
        result[name] = float(2 * (true & said).sum() / max(float(true.sum() + said.sum()), 1.0))
    result["chords"] = float((codec.decode_chords(latent).argmax(-1) == planes.chords).float().mean())
    return result
