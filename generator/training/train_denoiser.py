"""Fitting the denoiser: which windows, under which conditions, with what given."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from generator.codec import LATENT_ROWS, LINES, Codec
from generator.dataset import BarDataset, bar_planes
from generator.denoiser import CASCADE, SCALARS, Condition, Denoiser
from generator.diffusion import flow_loss
from generator.latents import LatentScale
from generator.training.loop import LoopConfig, Report, fit, mixed_precision
from generator.training.train_style import NEIGHBOURS
from generator.windows import WINDOW_BARS, Windows

TOKENS_A_STEP = 4608
"""As many as 48 windows of six rows have, or 288 of one row."""

_WINDOWS_A_POOL = 256
_ENDING_BARS = 4

_SHARES = {
    "band": 0.22,
    "generated band": 0.30,
    "keyboard and choir": 0.22,
    "ensemble": 0.13,
    "tune": 0.09,
    "drums": 0.04,
}
"""Of training steps, by kind of piece: real bands as often as their number bears, choirs and piano under a quarter."""

_ENSEMBLE_STYLES = ("chamber", "orchestral", "orchestral-game", "art-song")


@torch.inference_mode()
def encode_bars(codec: Codec, dataset: BarDataset, report: Report, *, batch: int = 256) -> torch.Tensor:
    """Return the latent means of all bars (bars, 6, channels) float16."""
    segment_range = dataset.segment_range()
    count = len(dataset.bar_piece)
    device = next(codec.parameters()).device.type
    latents = torch.empty(count, len(LATENT_ROWS), codec.config.latent_channels, dtype=torch.float16)
    for start in range(0, count, batch):
        bars = np.arange(start, min(start + batch, count))
        with mixed_precision(device):
            mean, _ = codec.encode(bar_planes(dataset, segment_range, bars).to(device))
        latents[start : start + batch] = mean
        if start % (batch * 100) == 0:
            report(start / count, "encoding bars")
    return latents


def latent_scale(latents: torch.Tensor, dataset: BarDataset, rng: np.random.Generator) -> LatentScale:
    """Measure mean and deviation over 20,000 bars, each row where it plays."""
    bars = rng.choice(len(latents), min(20_000, len(latents)), replace=False)
    chosen = latents[torch.from_numpy(bars)].float()
    present = np.concatenate(
        [np.ones((len(bars), 1), bool), dataset.piece_programs[dataset.bar_piece[bars]] >= 0], axis=1
    )
    weight = torch.from_numpy(present.astype(np.float32))[..., None]
    mean = (chosen * weight).sum(0) / weight.sum(0).clamp(min=1)
    variance = ((chosen - mean).square() * weight).sum(0) / weight.sum(0).clamp(min=1)
    return LatentScale(mean, variance.sqrt().clamp(min=1e-3))


def window_weights(dataset: BarDataset, windows: Windows) -> np.ndarray:
    """Return how often each window (windows,) is drawn: shares by kind of piece, and works rather than pieces."""
    programs = dataset.piece_programs
    has_drums, lines = programs[:, LINES] >= 0, (programs[:, :LINES] >= 0).sum(1)
    generated = np.char.startswith(dataset.piece_source.astype(str), "mma")
    kind = np.select(
        [
            generated,
            has_drums & (lines >= 2),
            has_drums & (lines == 0),
            lines <= 1,
            np.isin(dataset.piece_style, _ENSEMBLE_STYLES),
        ],
        [1, 0, 5, 4, 3],
        np.where(dataset.piece_style == "folk-dance", 4, 2),
    )[windows.piece]
    _, work = np.unique(dataset.piece_work[windows.piece], return_inverse=True)
    weight = 1.0 / np.sqrt(np.bincount(work)[work])
    for number, share in enumerate(_SHARES.values()):
        mine = kind == number
        if mine.any():
            weight[mine] *= share / weight[mine].sum()
    return np.asarray(weight / weight.sum())


def window_scalars(
    dataset: BarDataset, windows: Windows, style: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the scalars (windows, 6) of `denoiser.SCALARS` and which are known.

    `counts` (windows, 3): log notes a bar, mean pitch, minus log mean duration. These become ranks among windows of like
    style (the residual of a linear fit on style), so that 0 always means "as this style usually is".
    """
    scalars = np.zeros((len(windows), len(SCALARS)), np.float32)
    known = np.ones_like(scalars, bool)
    tempo = dataset.piece_tempo_bpm[windows.piece]
    scalars[:, 0] = np.nan_to_num(np.clip(np.log2(tempo / 100.0), -1, 1))
    known[:, 0] = ~np.isnan(tempo)
    scalars[:, 1] = np.where(dataset.piece_is_minor[windows.piece], -1.0, 1.0)
    base = np.concatenate([style, np.ones((len(style), 1), np.float32)], axis=1)
    fitted, *_ = np.linalg.lstsq(base, counts, rcond=None)
    residual = counts - base @ fitted
    scalars[:, 2:5] = residual.argsort(0).argsort(0) / max(len(windows) - 1, 1) * 2 - 1
    last = dataset.piece_first_bar[windows.piece] + dataset.piece_bars[windows.piece] - WINDOW_BARS
    scalars[:, 5] = np.where(last - windows.first_bar < _ENDING_BARS, 1.0, -1.0)
    return scalars, known


@dataclass(frozen=True)
class DenoiserExamples:
    """All that a step draws from; `latents` (bars, 6, channels) standardised float16, the rest one entry a window."""

    latents: torch.Tensor
    first_bar: np.ndarray
    weights: np.ndarray
    style_means: np.ndarray
    scalars: np.ndarray
    scalars_known: np.ndarray
    metre: np.ndarray
    absent: np.ndarray


def draw_masks(absent: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return which tokens are given (batch, bars, rows) and which rows rest (batch, rows), given the rows a piece lacks.

    Half the windows look exactly like a stage of the cascade at use: later rows rest, earlier rows are given, and often
    the first half of the bars. The others hide and give rows and bars at random, which is what edits ask for.
    """
    batch, rows = absent.shape
    given = np.zeros((batch, WINDOW_BARS, rows), bool)
    resting = absent.copy()
    for number in range(batch):
        stages = [stage for stage in range(len(CASCADE)) if not absent[number, list(CASCADE[stage])].all()]
        if rng.random() < 0.5:
            stage = int(rng.choice(stages))
            given[number][:, [row for earlier in CASCADE[:stage] for row in earlier]] = True
            resting[number, [row for later in CASCADE[stage + 1 :] for row in later]] = True
            if rng.random() < 0.6:
                given[number, : WINDOW_BARS // 2] = True
            continue
        resting[number] |= rng.random(rows) < 0.12
        if rng.random() < 0.5:
            given[number] |= rng.random(rows) < rng.uniform(0.2, 0.8)
        if rng.random() < 0.5:
            start, length = rng.integers(0, WINDOW_BARS), rng.integers(2, 13)
            given[number, start : start + length] = True
    resting[:, 0] = absent[:, 0]
    nobody = resting[:, 1:].all(1)
    resting[nobody] = absent[nobody]
    return given & ~resting[:, None, :], resting


def fit_denoiser(
    denoiser: Denoiser, examples: DenoiserExamples, config: LoopConfig, checkpoint: Path, report: Report
) -> list[dict[str, float]]:
    """Train the denoiser and return its curve."""
    cumulative = np.cumsum(examples.weights)

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        draw = np.random.default_rng((config.seed, number, config.shard))
        chosen = np.searchsorted(cumulative, draw.random(_WINDOWS_A_POOL)).clip(0, len(cumulative) - 1)
        latent, given, weight, condition = draw_batch(examples, chosen, draw)
        device = config.device
        condition = Condition(
            *(getattr(condition, name).to(device) for name in condition.__dataclass_fields__)
        )
        return flow_loss(denoiser, latent.to(device), given.to(device), weight.to(device), condition, rng), {}

    return fit(denoiser, step, config, checkpoint, report)


def draw_batch(
    examples: DenoiserExamples, chosen: np.ndarray, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Condition]:
    """Return (latent, given, weight, condition) of some of the chosen windows, rows and conditions dropped at random.

    Those that are returned have equally many rows that play, and together at most `TOKENS_A_STEP` tokens.
    """
    given, absent = draw_masks(examples.absent[chosen], rng)
    kept = _equally_many_rows(absent, rng)
    chosen, given, absent = chosen[kept], given[kept], absent[kept]
    batch = len(chosen)
    bars = examples.first_bar[chosen][:, None] + np.arange(WINDOW_BARS)
    latent = examples.latents[torch.from_numpy(bars)].float()
    weight = np.broadcast_to(~absent[:, None, :], given.shape).astype(np.float32)
    neighbours = rng.integers(3, NEIGHBOURS, batch)
    condition = Condition(
        style=torch.from_numpy(examples.style_means[chosen, neighbours].astype(np.float32)),
        scalars=torch.from_numpy(examples.scalars[chosen]),
        known=torch.from_numpy(examples.scalars_known[chosen] & (rng.random((batch, len(SCALARS))) > 0.2)),
        has_style=torch.from_numpy(rng.random(batch) > 0.1),
        metre=torch.from_numpy(examples.metre[chosen].astype(np.int64)),
        absent=torch.from_numpy(absent),
    )
    return latent, torch.from_numpy(given), torch.from_numpy(weight), condition


def _equally_many_rows(absent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return indices of windows with one number of rows, as many as a step bears.

    Windows of few rows come many at a time, so their turn comes more seldom: each window counts alike in the long run.
    """
    rows = (~absent).sum(1)
    numbers, counts = np.unique(rows, return_counts=True)
    share = counts * numbers
    number = rng.choice(numbers, p=share / share.sum())
    return np.flatnonzero(rows == number)[: TOKENS_A_STEP // (int(number) * WINDOW_BARS)]
