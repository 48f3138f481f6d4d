"""Compositions in the index: are those for different clusters as unlike as the clusters' recordings are?

And does one thumb down stay with what sounds like it, or does it move everything composed for a taste?
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.ranking import RankingConfig, Taste, ThumbVectors, rank
from service.bench.intervals import GroupBootstrap, interval_of

MOVED_RANKS = 5
"""A composition is moved by a thumb where its rank changes by more than this."""


@dataclass(frozen=True, eq=False)
class Placed:
    """Tracks as the index holds them: unit vectors float32 (tracks, d) and the number of each one's cluster (tracks,)."""

    vectors: np.ndarray
    clusters: np.ndarray

    def __len__(self) -> int:
        return len(self.clusters)


def measure_index_spread(
    compositions: Placed, recordings: Placed, rng: np.random.Generator, *, as_heard: Placed | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """`cosine_gap` and `thumb_spill` of compositions as they are indexed, with intervals; a row a composition.

    `recordings` are the clusters' catalogue tracks. `as_heard` are the compositions before the offset was removed: their
    figures stand beside, as do those of the recordings under thumbs of their own. Clusters are numbered alike in all three.
    Raises ValueError where there are fewer than two clusters.
    """
    if len(np.unique(compositions.clusters)) < 2 or len(np.unique(recordings.clusters)) < 2:
        raise ValueError("the spread of an index needs compositions and recordings of two clusters or more")
    spill, rows = thumb_spill(compositions, recordings)
    own, _ = thumb_spill(recordings, recordings)
    figures = {
        "cosine_gap": _gap(compositions, recordings, rng),
        "thumb_spill": _mean(spill, compositions.clusters, rng),
        "thumb_spill_of_recordings": _mean(own, recordings.clusters, rng),
        "cosine_between_recordings": round(cosine_between(recordings.vectors, recordings.clusters), 4),
        "n": len(compositions),
        "recordings": len(recordings),
    }
    if as_heard is not None:
        spilt, _ = thumb_spill(as_heard, recordings)
        figures["as_heard"] = {
            "cosine_gap": _gap(as_heard, recordings, rng),
            "thumb_spill": _mean(spilt, as_heard.clusters, rng),
        }
    return figures, rows


def cosine_between(vectors: np.ndarray, clusters: np.ndarray) -> float:
    """The mean cosine of two tracks of different clusters, every pair of clusters counting alike."""
    numbers = np.unique(clusters)
    # for unit vectors the mean cosine between two sets is the product of their means
    means = np.stack([vectors[clusters == number].mean(0) for number in numbers]).astype(np.float64)
    return float((means @ means.T)[np.triu_indices(len(numbers), 1)].mean())


def thumb_spill(thumbed: Placed, recordings: Placed) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """For a thumb down on each track in turn, the share of its cluster's others that it moves by more than five ranks.

    `thumbed` stand among the recordings (once, where they are the recordings), and are ranked by the recommender for a
    listener whose tastes are the clusters. The track under the thumb leaves the list, so it takes no place in either.
    """
    stands = thumbed if thumbed is recordings else _together(thumbed, recordings)
    order_of = _ranks_for(stands, recordings)
    nobody = np.zeros((0, stands.vectors.shape[1]), np.float32)
    shares, rows = np.full(len(thumbed), np.nan), []
    for place in range(len(thumbed)):
        others = np.flatnonzero(thumbed.clusters == thumbed.clusters[place])
        others = others[others != place]
        if not len(others):
            continue
        before, after = (order_of(down, place) for down in (nobody, stands.vectors[place : place + 1]))
        moved = np.abs(after[others] - before[others])
        shares[place] = (moved > MOVED_RANKS).mean()
        rows.append(
            {
                "composition": place,
                "cluster": int(thumbed.clusters[place]),
                "moved_share": round(float(shares[place]), 4),
                "mean_ranks": round(float(moved.mean()), 2),
            }
        )
    return shares, rows


def _ranks_for(stands: Placed, recordings: Placed) -> Callable[[np.ndarray, int], np.ndarray]:
    """The rank of every track, 0 the first, when these vectors (n, d) have a thumb down; one is left out of the list."""
    numbers = np.unique(recordings.clusters)
    centroids = np.stack([recordings.vectors[recordings.clusters == number].mean(0) for number in numbers])
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
    even = np.full(len(numbers), 1.0 / len(numbers))
    taste = Taste(
        cluster_ids=tuple(str(number) for number in numbers),
        centroids=centroids.astype(np.float32),
        shares=even,
        weights=np.ones(len(numbers)),
        muted=np.zeros(len(numbers), bool),
        medoid_ids=tuple(str(number) for number in numbers),
    )
    unplayed = np.zeros(len(stands))
    nobody = np.zeros((0, stands.vectors.shape[1]), np.float32)

    def ranks(down: np.ndarray, left_out: int) -> np.ndarray:
        thumbs = ThumbVectors(up_ids=(), up=nobody, down=down.astype(np.float32))
        score = rank(stands.vectors, unplayed, unplayed, taste, thumbs, RankingConfig()).score.copy()
        score[left_out] = -np.inf
        found = np.empty(len(score), np.int64)
        found[np.argsort(-score, kind="stable")] = np.arange(len(score))
        return found

    return ranks


def _together(first: Placed, second: Placed) -> Placed:
    return Placed(
        np.concatenate([first.vectors, second.vectors]), np.concatenate([first.clusters, second.clusters])
    )


def _gap(compositions: Placed, recordings: Placed, rng: np.random.Generator) -> dict[str, Any]:
    """How much more alike compositions for different clusters are than the clusters' recordings, clusters drawn for both."""
    common = np.intersect1d(compositions.clusters, recordings.clusters)

    def gap(numbers: np.ndarray) -> float:
        return cosine_between(*_of(compositions, numbers)) - cosine_between(*_of(recordings, numbers))

    drawn = [np.unique(rng.choice(common, len(common))) for _ in range(500)]
    spread = np.array([gap(numbers) if len(numbers) > 1 else np.nan for numbers in drawn])
    return interval_of(gap(common), spread).to_json()


def _of(tracks: Placed, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.isin(tracks.clusters, numbers)
    return tracks.vectors[chosen], tracks.clusters[chosen]


def _mean(shares: np.ndarray, clusters: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    known = np.isfinite(shares)
    bootstrap = GroupBootstrap([str(number) for number in clusters[known]], rng)
    value = float(shares[known].mean()) if known.any() else float("nan")
    return interval_of(value, bootstrap.means(shares[known])).to_json()
