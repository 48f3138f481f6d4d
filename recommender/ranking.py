"""Ranking: one number a candidate, with the parts it is the sum of."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.apartness import apartness
from recommender.feedback import cluster_factors, like_rate, thumb_kernel
from recommender.personal import LikeRates, chance_of_liking


@dataclass(frozen=True)
class RankingConfig:
    """How the parts are weighed. Similarities are standardised over the candidates; the other parts lie in 0-1.

    ``cluster_sharpness`` says how much a candidate's nearest cluster stands out among the others.

    A thumb up lifts what sounds alike as far as ``like_width`` reaches, a thumb down sinks only what is nearly the same
    (``thumb_down_width``); what several thumbs have in common is learnt by the posterior, whose weights are taken to be of
    ``posterior_deviation`` beforehand and are drawn with ``exploration`` times their uncertainty.
    """

    centroid: float = 0.5
    nearest_cluster: float = 0.5
    cluster_sharpness: float = 0.5
    popularity: float = 1.0
    collaborative: float = 1.0
    like: float = 3.0
    like_width: float = 0.5
    thumb_down: float = 2.0
    thumb_down_width: float = 0.18
    skip_as_thumb_down: float = 0.5
    chance: float = 0.8
    posterior_deviation: float = 1.0
    exploration: float = 0.25
    context: float = 4.0


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

    @property
    def drawing(self) -> NDArray[np.float64]:
        """How much each of clusters that lie apart draws candidates to itself, float64 (clusters,), summing to 1; 0 where muted.

        By the root of how much it counts, so that what is played most does not drown the rest.
        """
        roots = np.sqrt(self.heard)
        drawing: NDArray[np.float64] = roots / max(float(roots.sum()), 1e-9)
        return drawing

    @property
    def apartness(self) -> float:
        """How far those that are heard lie apart, 0-1."""
        return apartness(self.centroids, self.heard)

    def nearest(self, vectors: NDArray[np.float32]) -> NDArray[np.intp]:
        """The cluster each vector (n, d) belongs to, intp (n,)."""
        nearest: NDArray[np.intp] = np.argmax(vectors @ self.centroids.T, axis=1)
        return nearest


class ThumbVectors(NamedTuple):
    """The tracks with a thumb in force: unit vectors float32 (ups, d) and (downs, d), and which tracks they are."""

    up_ids: tuple[str, ...]
    up: NDArray[np.float32]
    down: NDArray[np.float32]
    down_ids: tuple[str, ...] = ()


class CoPlayed(NamedTuple):
    """What those who play the same say of candidates: nearness float64 (n,) on any scale, and how much to trust it, 0-1."""

    nearness: NDArray[np.float64]
    trust: float


class Ranked(NamedTuple):
    """Per candidate: score and its parts float64 (n,), cluster intp (n,), liked intp (n,).

    liked: the row of ThumbVectors.up that lifts the candidate most, or -1.
    """

    score: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]
    cluster: NDArray[np.intp]
    liked: NDArray[np.intp]

    def with_part(self, name: str, values: NDArray[np.float64]) -> "Ranked":
        """The same with one more part (n,) in the score."""
        return self._replace(score=self.score + values, parts=self.parts | {name: values})


def standardise(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean 0 and standard deviation 1; all 0 where the values do not differ."""
    values = values.astype(np.float64)
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


def rank(
    vectors: NDArray[np.float32],
    popularity: NDArray[np.float64],
    skips: NDArray[np.float64],
    taste: Taste,
    thumbs: ThumbVectors,
    config: RankingConfig,
    rates: LikeRates | None = None,
    rng: np.random.Generator | None = None,
    co_played: CoPlayed | None = None,
) -> Ranked:
    """Scores for candidates: vectors float32 (n, d), unit; popularity 0-1 and skips float64 (n,).

    The blend of one centroid with several clusters beats either alone, and the clusters alone are much worse; where they lie
    together, as those of one coherent taste, the centroid knows best, and speaks for them. ``rates`` is
    what the others of the house think, one half each where it is not given; with ``rng`` the weights that thumbs taught are
    drawn (Thompson sampling), without they are the likeliest.
    """
    apart = taste.apartness
    counted = (1.0 - apart) * taste.heard / max(float(taste.heard.sum()), 1e-9) + apart * taste.drawing
    to_centroid = standardise(vectors @ (counted @ taste.centroids))
    cluster = taste.nearest(vectors)

    ups = thumb_kernel(vectors, cluster, thumbs.up, taste.nearest(thumbs.up), config.like_width)
    downs = thumb_kernel(vectors, cluster, thumbs.down, taste.nearest(thumbs.down), config.thumb_down_width)
    chances = chance_of_liking(
        vectors,
        thumbs.up,
        thumbs.down,
        taste.centroids,
        rates or LikeRates.unknown(len(vectors), len(thumbs.up), len(thumbs.down)),
        config.posterior_deviation,
        None if rng is None else config.exploration * rng.standard_normal(taste.centroids.shape),
    )
    likes = like_rate(ups.sum(axis=1), config.skip_as_thumb_down * skips)
    parts = {
        "centroid": config.centroid * to_centroid,
        "nearest_cluster": config.nearest_cluster
        * ((1.0 - apart) * to_centroid + apart * standardise(_to_clusters(vectors, taste, config))),
        "popularity": config.popularity * popularity,
        "like": config.like * (likes - 0.5),
        "thumb_down": -config.thumb_down * downs.max(axis=1, initial=0.0),
        "chance": config.chance * (chances - 0.5),
    }
    if co_played is not None:
        parts["collaborative"] = config.collaborative * co_played.trust * standardise(co_played.nearness)
    liked = np.where(ups.max(axis=1, initial=0.0) > 0.3, _argmax_rows(ups), -1)
    score: NDArray[np.float64] = np.sum(list(parts.values()), axis=0)
    return Ranked(score, parts, cluster, liked)


def _to_clusters(vectors: NDArray[np.float32], taste: Taste, config: RankingConfig) -> NDArray[np.float64]:
    """How near candidates (n, d) are to the clusters, float64 (n,): a soft maximum over those that are heard.

    Similarities are standardised for each cluster: one that is near to everything has no more say than another.
    """
    heard = taste.drawing > 0
    similarity = vectors @ taste.centroids[heard].T
    near = config.cluster_sharpness * np.column_stack([standardise(column) for column in similarity.T])
    highest = near.max(axis=1)
    drawn: NDArray[np.float64] = highest + np.log(np.exp(near - highest[:, None]) @ taste.drawing[heard])
    return drawn


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
