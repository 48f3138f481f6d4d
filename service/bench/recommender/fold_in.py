"""Several tastes in one account: what folding its plays in taste by taste adds to folding them all in at once."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.model import CollaborativeModel
from recommender.evaluation.paired_bootstrap import paired_difference
from recommender.evaluation.ranking_metrics import ndcg, recall, top_places

PEOPLE = 3
PLACES = 20
_WAYS = ("at_once", "by_taste")


def measure_fold_in(
    model: CollaborativeModel,
    matrix: sparse.csr_matrix,
    test: tuple[NDArray[np.int64], ...],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Accounts of one person and of three drawn at random, by the shipped model, and by it with a single taste.

    matrix: the plays (listeners, tracks) that the model was fitted to; test: what is held out of each listener's.
    """
    asked = rng.permutation(np.flatnonzero([len(each) > 0 for each in test]))
    models = (replace(model, most_tastes=1), model)
    told = {}
    for name, people in (("one_person", 1), ("three_people", PEOPLE)):
        accounts = asked[: len(asked) // people * people].reshape(-1, people)
        found = [_account(models, matrix, test, each) for each in accounts]
        told[name] = _compared(np.array([each for each in found if each is not None]), rng)
    return told


def _account(
    models: tuple[CollaborativeModel, ...],
    matrix: sparse.csr_matrix,
    test: tuple[NDArray[np.int64], ...],
    people: NDArray[np.int64],
) -> list[tuple[float, float]] | None:
    """Recall and nDCG by each model; None where nothing was played, or all that is asked for is known."""
    weights = np.asarray(matrix[people].sum(axis=0)).ravel()
    known = np.flatnonzero(weights)
    wanted = np.setdiff1d(np.concatenate([test[person] for person in people]), known)
    found = []
    for model in models:
        affinity = model.affinity(known, weights[known])
        if affinity is None or not len(wanted):
            return None
        listed = top_places(affinity.values, known, PLACES)
        found.append((recall(listed, wanted), ndcg(listed, wanted)))
    return found


def _compared(found: NDArray[np.float64], rng: np.random.Generator) -> dict[str, Any]:
    """found: float64 (accounts, ways, 2)."""
    told: dict[str, Any] = {"accounts": len(found)}
    for place, figure in enumerate(("recall@20", "ndcg@20")):
        for way, name in enumerate(_WAYS):
            told[f"{name}_{figure}"] = round(float(found[:, way, place].mean()), 4)
        gained = paired_difference(found[:, 1, place], found[:, 0, place], rng)
        before = float(found[:, 0, place].mean())
        told[f"gain_{figure}"] = {
            name: round(value / before, 4)
            for name, value in (("value", gained.mean), ("low", gained.low), ("high", gained.high))
        }
    return told
