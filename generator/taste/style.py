"""The symbolic style of a window: what its notes and instruments say about how it will sound.

A window is described by plain counts (which instruments, how dense, how high, how short, where in the beat, which drums);
a small network is trained to predict from them the audio embedding of the window's render, reduced to 24 numbers in which
the same notes under different sound chains lie close (within-class covariance normalisation, Hatch et al. 2006).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from generator.bars import METRES
from generator.conditioning import STYLE_DIMENSIONS
from generator.dataset import DRUM_CLASSES, BarDataset
from generator.notes import ROWS
from generator.windows import DEFAULT_TEMPO_BPM, WINDOW_BARS

_FAMILIES = 17
"""The sixteen General MIDI instrument families, and drums."""
_PER_ROW = 10 + _FAMILIES
FEATURES = len(ROWS) * _PER_ROW + DRUM_CLASSES + 3 + len(METRES)


def window_features(
    dataset: BarDataset, segment_range: np.ndarray, first_bar: np.ndarray, piece: np.ndarray
) -> np.ndarray:
    """Return plain counts (windows, FEATURES) float32 of the windows that start at `first_bar` of `piece`."""
    return np.stack(
        [
            _features(dataset, segment_range, int(bar), int(of))
            for bar, of in zip(first_bar, piece, strict=True)
        ]
    )


def _features(dataset: BarDataset, segment_range: np.ndarray, first_bar: int, piece: int) -> np.ndarray:
    chosen = slice(segment_range[first_bar], segment_range[first_bar + WINDOW_BARS])
    row, step = dataset.segment_row[chosen], dataset.segment_step[chosen]
    steps, pitch = (
        dataset.segment_steps[chosen].astype(np.float32),
        dataset.segment_pitch[chosen].astype(np.float32),
    )
    struck, bar = dataset.segment_is_onset[chosen], dataset.segment_bar[chosen]
    values = np.zeros((len(ROWS), _PER_ROW), np.float32)
    for number in range(len(ROWS)):
        mine = row == number
        program = int(dataset.piece_programs[piece, number])
        if program < 0 or not mine.any():
            continue
        onsets = mine & struck
        if not onsets.any():
            continue
        within_beat = step[onsets] % 12
        count = int(onsets.sum())
        moments = len(np.unique(bar[onsets].astype(np.int64) * 64 + step[onsets]))
        values[number, :10] = (
            1.0,
            np.log1p(count / WINDOW_BARS),
            pitch[mine].mean() / 24 - 1.5,
            pitch[mine].std() / 12,
            np.log(steps[mine].mean() / 12),
            count / moments - 1,
            (within_beat == 0).mean(),
            (within_beat == 6).mean(),
            np.isin(within_beat, (3, 9)).mean(),
            np.isin(within_beat, (4, 8)).mean(),
        )
        values[number, 10 + program // 8] = 1.0
    drums = np.bincount(pitch[row == len(ROWS) - 1].astype(np.int64), minlength=DRUM_CLASSES)[:DRUM_CLASSES]
    chords = dataset.bar_chords[first_bar : first_bar + WINDOW_BARS]
    tempo = float(dataset.piece_tempo_bpm[piece])
    whole = (
        np.log((DEFAULT_TEMPO_BPM if np.isnan(tempo) else tempo) / 100),
        float(dataset.piece_is_minor[piece]),
        (chords[:, 1:] != chords[:, :-1]).mean(),
    )
    metre = np.eye(len(METRES), dtype=np.float32)[dataset.piece_metre[piece]]
    return np.concatenate(
        [np.nan_to_num(values).ravel(), np.log1p(drums / WINDOW_BARS), whole, metre]
    ).astype(np.float32)


def window_counts(features: np.ndarray) -> np.ndarray:
    """Return (windows, 3) from counts (windows, FEATURES): log notes a bar, mean pitch, minus log mean duration of lines."""
    lines = features[:, : len(ROWS) * _PER_ROW].reshape(len(features), len(ROWS), _PER_ROW)[:, :-1]
    plays = lines[..., 0]
    playing = np.maximum(plays.sum(1), 1)
    return np.stack(
        [
            np.log1p((np.expm1(lines[..., 1]) * plays).sum(1)),
            (lines[..., 2] * plays).sum(1) / playing,
            -(lines[..., 4] * plays).sum(1) / playing,
        ],
        axis=1,
    )


@dataclass(frozen=True)
class StyleSpace:
    """The projection from audio embeddings to 24 style numbers: (vector - mean) @ projection."""

    mean: np.ndarray
    projection: np.ndarray

    @classmethod
    def fit(cls, embeddings: np.ndarray) -> "StyleSpace":
        """Fit on (windows, renders, dimensions): renders of one window differ by chain and excerpt only.

        Directions are ranked by how much they tell windows apart for how little renders of one window differ:
        whiten the within-window covariance, then take principal axes of the window means. Of one render a window nothing is
        known of that, and the axes are plain. Raises ValueError for fewer windows than style numbers.
        """
        if len(embeddings) <= STYLE_DIMENSIONS:
            raise ValueError(
                f"a style space needs more than {STYLE_DIMENSIONS} anchors, got {len(embeddings)}"
            )
        centre = embeddings.mean(axis=(0, 1))
        means = embeddings.mean(axis=1)
        within = (embeddings - means[:, None]).reshape(-1, embeddings.shape[-1])
        covariance = within.T @ within / max(len(within), 1)
        if embeddings.shape[1] == 1:
            covariance = np.eye(len(covariance))
        covariance += np.eye(len(covariance)) * np.trace(covariance) / len(covariance) * 0.3
        values, axes = np.linalg.eigh(covariance)
        whiten = axes / np.sqrt(values)
        _, _, directions = np.linalg.svd((means - centre) @ whiten, full_matrices=False)
        projection = whiten @ directions[:STYLE_DIMENSIONS].T
        projection = projection / ((means - centre) @ projection).std(0)[0]
        return cls(centre.astype(np.float32), projection.astype(np.float32))

    def project(self, embeddings: np.ndarray) -> np.ndarray:
        """Return (..., 24) style numbers of embeddings (..., dimensions)."""
        return np.asarray((embeddings - self.mean) @ self.projection, np.float32)


class StyleEncoder(nn.Module):
    """Counts of a window (windows, FEATURES) to its style (windows, 24)."""

    def __init__(self, width: int = 192) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(FEATURES)
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, width), nn.GELU(), nn.Dropout(0.3), nn.Linear(width, width), nn.GELU(), nn.Dropout(0.3),
            nn.Linear(width, STYLE_DIMENSIONS),
        )  # fmt: skip

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the predicted style."""
        return torch.as_tensor(self.layers(self.norm(features)))
