"""The ranker that is shipped, on data without sound: what the house's plays say, found as the training job finds it."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.fitting import CollaborativeConfig, fit_collaborative, tune
from recommender.collaborative.model import CollaborativeModel
from recommender.collaborative.plays import play_matrix
from service.bench.recommender.layouts import Split


def ascending_ids(count: int) -> tuple[str, ...]:
    """Names whose order is that of the positions."""
    return tuple(f"{position:09}" for position in range(count))


def weighed_plays(split: Split) -> sparse.csr_matrix:
    """The training plays as the ranker weighs them."""
    return play_matrix(split.listener, split.track, split.plays, (len(split.listeners), len(split.tracks)))


def fit_shipped(matrix: sparse.csr_matrix, seed: int) -> tuple[CollaborativeModel, CollaborativeConfig]:
    """Tuned and fitted on these plays alone."""
    rng = np.random.default_rng(seed)
    ids = ascending_ids(matrix.shape[1])
    config = tune(ids, matrix, CollaborativeConfig(), rng)
    return fit_collaborative(ids, matrix, config, rng), config


def shipped_scores(
    model: CollaborativeModel, matrix: sparse.csr_matrix, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Scores (n, tracks) of the listeners at these rows, each folded in from their plays; 0 for one without plays."""
    scores = np.zeros((len(rows), matrix.shape[1]))
    for place, row in enumerate(rows):
        of_row = slice(matrix.indptr[row], matrix.indptr[row + 1])
        affinity = model.affinity(matrix.indices[of_row].astype(np.int64), matrix.data[of_row])
        if affinity is not None:
            scores[place] = affinity.values
    return scores
