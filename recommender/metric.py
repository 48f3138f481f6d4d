"""How near two tracks are: which of the networks' features tell styles apart, and which only codecs, levels and moments.

Fitted without a single style label: the excerpts of one track, the track re-encoded and quieter, tracks of one album and
renders of the same notes should lie close, albums should lie apart. That is linear discriminant analysis with within-class
covariance normalisation (A. Hatch, S. Kajarekar and A. Stolcke, "Within-class covariance normalization for SVM-based speaker
recognition", Interspeech 2006), strongly damped, and with axes weighed almost alike.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

METRIC_FILE = Path(__file__).with_name("musicnn_metric.safetensors")
RAW_SIZE = 400
DIMENSIONS = 24


@dataclass(frozen=True)
class MetricConfig:
    """What each nuisance counts, how strongly their covariance is damped, and how far its axes' spread is kept.

    Each covariance is brought to a mean variance of one first. A `spread` of 0 would weigh all axes alike, 1 would leave
    them as long as the analysis finds them. Chosen by retrieval from packages that were left out of the fit.
    """

    same_track: float = 0.2
    same_album: float = 1.0
    same_notes: float = 1.0
    damping: float = 1.0
    spread: float = 0.25
    dimensions: int = DIMENSIONS


@dataclass(frozen=True, eq=False)
class Metric:
    """unit(raw) = (raw - mean) @ projection, of length one: mean float32 (400,), projection float32 (400, 24)."""

    mean: NDArray[np.float32]
    projection: NDArray[np.float32]
    provenance: dict[str, Any] = field(default_factory=dict)

    def unit_vectors(self, raw: np.ndarray) -> NDArray[np.float32]:
        """Raw encodings (tracks, 400) as unit vectors float32 (tracks, 24)."""
        placed = (raw - self.mean) @ self.projection
        vectors: NDArray[np.float32] = (
            placed / np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-9)
        ).astype(np.float32)
        return vectors

    def save(self, path: Path) -> None:
        """Write it, with what it was fitted on, to a safetensors file."""
        told = {"provenance": json.dumps(self.provenance, sort_keys=True)}
        path.write_bytes(save({"mean": self.mean, "projection": self.projection}, told))

    @classmethod
    def load(cls, path: Path) -> "Metric":
        """Read one."""
        with safe_open(path, "np") as file:
            told = json.loads(file.metadata()["provenance"])
            return cls(file.get_tensor("mean"), file.get_tensor("projection"), told)


@cache
def frozen_metric() -> Metric:
    """The committed metric. Another one makes another encoder, which takes another ENCODER_NAME."""
    return Metric.load(METRIC_FILE)


@dataclass(frozen=True, eq=False)
class MetricExamples:
    """What a metric is fitted to.

    views: float (tracks, views, 400), raw encodings of one track heard in different ways, as it is first; patches: float
    (tracks, patches, 400), of its excerpts one by one; albums: int (tracks,); renders: float (pieces, renders, 400), of the
    same notes through different sound chains.
    """

    views: NDArray[np.floating]
    patches: NDArray[np.floating]
    albums: NDArray[np.integer]
    renders: NDArray[np.floating]


def fit_metric(examples: MetricExamples, config: MetricConfig | None = None) -> Metric:
    """The metric of these examples. Raises ValueError for fewer albums than the metric has dimensions."""
    config = config or MetricConfig()
    tracks = examples.views[:, 0].astype(np.float64)
    albums, sizes = np.unique(examples.albums, return_counts=True)
    if len(albums) <= config.dimensions:
        raise ValueError(f"a metric of {config.dimensions} dimensions needs more albums than {len(albums)}")
    mean, deviation = tracks.mean(0), tracks.std(0) + 1e-6
    placed = (tracks - mean) / deviation
    centres = np.stack([placed[examples.albums == album].mean(0) for album in albums])
    same_track = (
        _scatter(examples.views / deviation)
        + _scatter(examples.patches / deviation) / (examples.patches.shape[1])
    )
    same_album = placed - centres[np.searchsorted(albums, examples.albums)]
    nuisance = (
        config.same_track * _of_mean_variance_one(same_track)
        + config.same_album * _of_mean_variance_one(same_album.T @ same_album)
        + config.same_notes * _of_mean_variance_one(_scatter(examples.renders / deviation))
    )
    nuisance += np.eye(len(nuisance)) * config.damping * np.trace(nuisance) / len(nuisance)
    values, axes = np.linalg.eigh(nuisance)
    whiten = axes / np.sqrt(values)
    _, lengths, directions = np.linalg.svd((centres * np.sqrt(sizes)[:, None]) @ whiten, full_matrices=False)
    weighed = directions.T * (lengths / lengths[0]) ** config.spread
    projection = (whiten @ weighed[:, : config.dimensions]) / deviation[:, None]
    return Metric(mean.astype(np.float32), projection.astype(np.float32))


def _scatter(groups: np.ndarray) -> np.ndarray:
    """The mean covariance (400, 400) around each group's own mean, of (groups, members, 400)."""
    around = (groups - groups.mean(axis=1, keepdims=True)).reshape(-1, groups.shape[-1]).astype(np.float64)
    covariance: np.ndarray = around.T @ around / len(around)
    return covariance


def _of_mean_variance_one(covariance: np.ndarray) -> np.ndarray:
    return covariance * (len(covariance) / max(float(np.trace(covariance)), 1e-12))
