"""What the rules of a list cost and bring: the ranker's lists beside those that are served."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.model import CollaborativeModel
from recommender.evaluation.paired_bootstrap import paired_difference
from recommender.evaluation.ranking_metrics import ndcg, top_places
from recommender.reranking import Rerankable, RerankingConfig, rerank
from service.bench.recommender.clusters import taste_of, unit_vectors
from service.bench.recommender.shipped_ranker import shipped_scores

PLACES = 20
_CANDIDATES = 300


def measure_list_rules(
    model: CollaborativeModel,
    matrix: sparse.csr_matrix,
    test: tuple[NDArray[np.int64], ...],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Divergence from cluster shares, coverage, and nDCG lost, over all listeners of whom something is held out.

    Every track here is new to its listener, so the balance of familiar and new has no say; nor has the cap on artists,
    where the data names none.
    """
    vectors = unit_vectors(model.vectors)
    found, divergences, listed = [], [], np.zeros(matrix.shape[1], np.bool_)
    for row in np.flatnonzero([len(each) > 0 for each in test]):
        of_row = slice(matrix.indptr[row], matrix.indptr[row + 1])
        known, weights = matrix.indices[of_row], matrix.data[of_row]
        if not len(known):  # without a play there is no taste, and the list is a varied start
            continue
        scores = shipped_scores(model, matrix, np.array([row]))[0]
        taste = taste_of(known, weights, vectors)
        candidates = top_places(scores, known, _CANDIDATES)
        cluster = taste.nearest(vectors[candidates])
        none = np.zeros(len(candidates), np.bool_)
        rerankable = Rerankable(
            vectors[candidates], scores[candidates], cluster, (None,) * len(candidates), none, none, none
        )
        chosen = rerank(rerankable, taste.shares, PLACES, RerankingConfig(familiar_share=0.0))
        found.append((ndcg(candidates[:PLACES], test[row]), ndcg(candidates[chosen], test[row])))
        divergences.append(divergence(taste.shares, cluster[chosen]))
        listed[candidates[chosen]] = True
    before, after = np.array(found).T
    lost = paired_difference(before, after, rng)
    return {
        "listeners": len(found),
        "divergence": round(float(np.mean(divergences)), 4),
        "coverage@20": round(float(listed.mean()), 4),
        "ndcg@20_ranked": round(float(before.mean()), 4),
        "ndcg@20_listed": round(float(after.mean()), 4),
        "ndcg_cost": {
            "value": round(lost.mean / float(before.mean()), 4),
            "low": round(lost.low / float(before.mean()), 4),
            "high": round(lost.high / float(before.mean()), 4),
        },
    }


def divergence(shares: NDArray[np.float64], chosen: NDArray[np.intp], smoothing: float = 0.01) -> float:
    """Kullback and Leibler's, in nats, of the list's shares from the wanted ones (clusters,).

    The list's are mixed with a hundredth of the wanted ones, as in H. Steck, "Calibrated recommendations" (RecSys 2018).
    """
    had = np.bincount(chosen, minlength=len(shares)) / max(len(chosen), 1)
    mixed = (1.0 - smoothing) * had + smoothing * shares
    wanted = shares > 0
    return float((shares[wanted] * np.log(shares[wanted] / mixed[wanted])).sum())
