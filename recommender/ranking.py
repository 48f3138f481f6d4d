"""Ranking: one number a candidate, with the parts it is the sum of."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.feedback import cluster_factors, like_rate, thumb_kernel


@dataclass(frozen=True)
class RankingConfig:
    """How the parts are weighed. Similarities are standardised over the candidates; the other parts lie in 0-1."""

    centroid: float = 0.5
    nearest_cluster: float = 0.5
    popularity: float = 1.0
    like: float = 3.0
    thumb_down: float = 2.0
    thumb_width: float = 0.5
    skip_as_thumb_down: float = 0.5


class Taste(NamedTuple):
    """A listener's clusters. centroids: float32 (clusters, d), unit; shares, weights: float64, shares sum to 1.

    ``weights`` is what the listener set, 1 by default; a muted cluster gives nothing to the list.
    """

    cluster_ids: tuple[str | None, ...]
    centroids: NDArray[np.float32]
    shares: NDArray[np.float64]
    weights: NDArray[np.float64]
    muted: NDArray[np.bool_]
    medoid_ids: tuple[str, ...]

    @property
    def heard(self) -> NDArray[np.float64]:
        """How much each cluster counts, float64 (clusters,): 0 where muted."""
        counted: NDArray[np.float64] = np.where(self.muted, 0.0, self.shares * self.weights)
        return counted

    def nearest(self, vectors: NDArray[np.float32]) -> NDArray[np.intp]:
        """The cluster each vector (n, d) belongs to, intp (n,)."""
        nearest: NDArray[np.intp] = np.argmax(vectors @ self.centroids.T, axis=1)
        return nearest


class ThumbVectors(NamedTuple):
    """The tracks with a thumb in force: unit vectors float32 (ups, d) and (downs, d); up_ids names the first."""

    up_ids: tuple[str, ...]
    up: NDArray[np.float32]
    down: NDArray[np.float32]


class Ranked(NamedTuple):
    """Per candidate: score and its parts float64 (n,), cluster intp (n,), liked intp (n,).

    liked: the row of ThumbVectors.up that lifts the candidate most, or -1.
    """

    score: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]
    cluster: NDArray[np.intp]
    liked: NDArray[np.intp]


def standardise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and standard deviation 1; all 0 where the values do not differ."""
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


def rank(
    vectors: NDArray[np.float32],
    popularity: NDArray[np.float64],
    skips: NDArray[np.float64],
    taste: Taste,
    thumbs: ThumbVectors,
    config: RankingConfig,
) -> Ranked:
    """Scores for candidates: vectors float32 (n, d), unit; popularity 0-1 and skips float64 (n,).

    The blend of one centroid with the nearest of several beats either alone; the nearest alone is much worse.
    """
    heard = taste.heard
    overall = (taste.centroids * heard[:, None]).sum(axis=0)
    to_clusters = (vectors @ taste.centroids.T).astype(np.float64)
    to_heard = np.where(heard[None, :] > 0, to_clusters, -1.0)
    cluster = taste.nearest(vectors)

    ups = thumb_kernel(vectors, cluster, thumbs.up, taste.nearest(thumbs.up), config.thumb_width)
    downs = thumb_kernel(vectors, cluster, thumbs.down, taste.nearest(thumbs.down), config.thumb_width)
    likes = like_rate(ups.sum(axis=1), config.skip_as_thumb_down * skips)
    parts = {
        "centroid": config.centroid * standardise((vectors @ overall).astype(np.float64)),
        "nearest_cluster": config.nearest_cluster * standardise(to_heard.max(axis=1)),
        "popularity": config.popularity * popularity,
        "like": config.like * (likes - 0.5),
        "thumb_down": -config.thumb_down * downs.max(axis=1, initial=0.0),
    }
    liked = np.where(ups.max(axis=1, initial=0.0) > 0.3, _argmax_rows(ups), -1)
    score: NDArray[np.float64] = np.sum(list(parts.values()), axis=0)
    return Ranked(score, parts, cluster, liked)


def _argmax_rows(values: NDArray[np.float64]) -> NDArray[np.intp]:
    if not values.shape[1]:
        return np.full(len(values), -1, dtype=np.intp)
    rows: NDArray[np.intp] = np.argmax(values, axis=1)
    return rows


def wanted_shares(taste: Taste, thumbs: ThumbVectors) -> NDArray[np.float64]:
    """What share of a list each cluster should have, float64 (clusters,), summing to 1; muted ones have 0."""
    factors = cluster_factors(len(taste.centroids), taste.nearest(thumbs.up), taste.nearest(thumbs.down))
    wanted = taste.heard * factors
    shares: NDArray[np.float64] = wanted / wanted.sum()
    return shares
