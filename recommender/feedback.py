"""Thumbs, and how far a thumb reaches: to the track itself, and to what sounds alike within the same cluster.

Everything here is a pure function of the thumbs in force, so taking a thumb back restores exactly what was before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A thumb up weighs as much as this many plays of today when clusters are made.
PLAYS_IN_A_THUMB_UP = 3.0
PRIOR_THUMBS = 1.0
# Of a whole cluster one thumb says little: so many of either kind are taken as given beforehand.
PRIOR_THUMBS_OF_A_CLUSTER = 4.0


@dataclass(frozen=True)
class Thumbs:
    """The thumbs in force: track ids, each sorted; no id is in both."""

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()

    @classmethod
    def from_values(cls, values: Mapping[str, str]) -> "Thumbs":
        """From track id -> "up" or "down"; any other value says nothing."""
        return cls(
            tuple(sorted(track for track, value in values.items() if value == "up")),
            tuple(sorted(track for track, value in values.items() if value == "down")),
        )


def thumb_kernel(
    vectors: NDArray[np.float32],
    clusters: NDArray[np.intp],
    thumbed_vectors: NDArray[np.float32],
    thumbed_clusters: NDArray[np.intp],
    width: float,
) -> NDArray[np.float64]:
    """How near each track is to each thumbed one: ``exp(-|a - b|^2 / (2 width^2))``, float64 (tracks, thumbs).

    vectors (tracks, d) and thumbed_vectors (thumbs, d) are unit vectors. Across clusters the kernel is 0: a thumb
    down on one loud track says nothing about the quiet ones.
    """
    squared_distance = np.maximum(2.0 - 2.0 * (vectors @ thumbed_vectors.T).astype(np.float64), 0.0)
    same_cluster = clusters[:, None] == thumbed_clusters[None, :]
    return np.where(same_cluster, np.exp(-squared_distance / (2.0 * width**2)), 0.0)


def like_rate(
    ups: NDArray[np.float64], downs: NDArray[np.float64], prior_thumbs: float = PRIOR_THUMBS
) -> NDArray[np.float64]:
    """Mean of the Beta posterior, 0-1, with so many thumbs of either kind beforehand: one half where nothing is known."""
    rate: NDArray[np.float64] = (prior_thumbs + ups) / (2.0 * prior_thumbs + ups + downs)
    return rate


def cluster_factors(
    clusters: int, up_clusters: NDArray[np.intp], down_clusters: NDArray[np.intp]
) -> NDArray[np.float64]:
    """What thumbs do to each cluster's place in a list: twice its like rate, float64 (clusters,), between 0 and 2."""
    ups = np.bincount(up_clusters, minlength=clusters).astype(np.float64)
    downs = np.bincount(down_clusters, minlength=clusters).astype(np.float64)
    return 2.0 * like_rate(ups, downs, PRIOR_THUMBS_OF_A_CLUSTER)
