"""What music is wanted for, as where it should lie between calm and excited, dark and pleasant."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH = 0.35
"""How far from a target a track still suits it, on scales from -1 to 1."""


class EmotionTarget(NamedTuple):
    """Valence and arousal, each -1 to 1."""

    valence: float
    arousal: float


CONTEXTS: Mapping[str, EmotionTarget] = {
    "focus": EmotionTarget(0.1, -0.3),
    "calm": EmotionTarget(0.3, -0.6),
    "sleep": EmotionTarget(0.1, -0.9),
    "energy": EmotionTarget(0.3, 0.7),
    "cheer": EmotionTarget(0.7, 0.4),
    "melancholy": EmotionTarget(-0.5, -0.4),
}


def suits(feel: NDArray[np.float64], target: EmotionTarget) -> NDArray[np.float64]:
    """How well each track suits the target, 1 at it and falling to 0, float64 (n,); feel (n, 2): valence, arousal."""
    squared_distance = ((feel - np.array(target)) ** 2).sum(axis=1)
    near: NDArray[np.float64] = np.exp(-squared_distance / (2.0 * WIDTH**2))
    return near


def shares_in_context(
    wanted: NDArray[np.float64], cluster: NDArray[np.intp], suitable: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The shares of a list (clusters,), moved to the clusters whose candidates (n,) suit it best; summing to 1."""
    counted = np.bincount(cluster, minlength=len(wanted))
    mean = np.bincount(cluster, weights=suitable, minlength=len(wanted)) / np.maximum(counted, 1)
    moved = wanted * mean
    total = float(moved.sum())
    return moved / total if total > 0 else wanted
