"""Several tastes in one account: what ranking by the nearest taste cluster adds to ranking by the centre of all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.clustering import TasteTracks, cluster_taste
from recommender.evaluation.paired_bootstrap import paired_difference
from recommender.evaluation.ranking_metrics import ndcg, recall, top_places
from recommender.interactions import Interactions
from recommender.ranking import RankingConfig, Taste, ThumbVectors, rank

PEOPLE = 3
PLACES = 20
_WAYS = ("centroid", "blend")


def taste_of(
    positions: NDArray[np.integer], weights: NDArray[np.float64], vectors: NDArray[np.float32]
) -> Taste:
    """The taste clusters of the tracks at these positions (n,), weighed (n,), in a space of vectors (tracks, d)."""
    count = len(positions)
    nothing = Interactions(
        (),
        np.zeros(0, np.int32),
        np.zeros(0, np.int64),
        np.zeros(0, np.int8),
        np.zeros(0, np.float32),
        np.zeros(0, np.bool_),
    )
    names = tuple(str(position) for position in positions)
    clusters = cluster_taste(
        TasteTracks(names, vectors[positions], weights, np.zeros(count), np.zeros(count)), nothing
    )
    ones = np.ones(len(clusters))
    return Taste(
        (None,) * len(clusters),
        np.stack([cluster.centroid for cluster in clusters]),
        np.array([cluster.share for cluster in clusters]),
        ones,
        np.zeros(len(clusters), np.bool_),
        tuple(names[cluster.medoid] for cluster in clusters),
    )


def unit_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of length 1; one of length 0, as of a track that nobody plays, stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def measure_clusters(
    matrix: sparse.csr_matrix,
    test: tuple[NDArray[np.int64], ...],
    vectors: NDArray[np.float32],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Ranking by the centre of all that was played, and as the shipped ranker does by clusters, of single and shared accounts.

    matrix: plays (listeners, tracks); vectors: float32 (tracks, d), unit, learnt from them. Accounts are shared by three
    people drawn at random, and must find what any of them played.
    """
    asked = rng.permutation(np.flatnonzero([len(each) > 0 for each in test]))
    shared = [asked[first : first + PEOPLE] for first in range(0, len(asked) - PEOPLE + 1, PEOPLE)]
    told = {}
    for name, accounts in (
        ("one_person", [asked[[place]] for place in range(len(asked))]),
        ("three_people", shared),
    ):
        found = [_account(matrix, test, vectors, people) for people in accounts]
        told[name] = _compared(np.array([each for each in found if each is not None]), rng)
    return told


def _account(
    matrix: sparse.csr_matrix,
    test: tuple[NDArray[np.int64], ...],
    vectors: NDArray[np.float32],
    people: NDArray[np.int64],
) -> NDArray[np.float64] | None:
    """Recall and nDCG of each way to rank, float64 (ways, 2); None where everything that is asked for was known."""
    played = matrix[people].sum(axis=0)
    weights = np.asarray(played).ravel()
    known = np.flatnonzero(weights)
    wanted = np.setdiff1d(np.concatenate([test[person] for person in people]), known)
    if not len(known) or not len(wanted):
        return None
    taste = taste_of(known, weights[known], vectors)
    nothing = np.zeros(len(vectors))
    blended = rank(
        vectors, nothing, nothing, taste, ThumbVectors((), vectors[:0], vectors[:0]), RankingConfig()
    )
    found = []
    for scores in (vectors @ (taste.shares @ taste.centroids), blended.score):
        listed = top_places(scores, known, PLACES)
        found.append((recall(listed, wanted), ndcg(listed, wanted)))
    return np.array(found)


def _compared(found: NDArray[np.float64], rng: np.random.Generator) -> dict[str, Any]:
    """found: float64 (accounts, ways, 2)."""
    told: dict[str, Any] = {"accounts": len(found)}
    for place, figure in enumerate(("recall@20", "ndcg@20")):
        for way, name in enumerate(_WAYS):
            told[f"{name}_{figure}"] = round(float(found[:, way, place].mean()), 4)
        gained = paired_difference(found[:, 1, place], found[:, 0, place], rng)
        before = float(found[:, 0, place].mean())
        told[f"gain_{figure}"] = {
            "value": round(gained.mean / before, 4),
            "low": round(gained.low / before, 4),
            "high": round(gained.high / before, 4),
        }
    return told
