"""Well-known recommenders in closed form, each a few lines, with the settings that do best within the training data.

A peer is given plays as a sparse matrix of ones (listeners, tracks) and settings, and gives scores by listener.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

Scores = Callable[[NDArray[np.int64]], NDArray[np.floating]]
"""Scores (n, tracks) of the listeners at these positions (n,)."""

Peer = Callable[[sparse.csr_matrix, dict[str, Any]], Scores]

_PRIMAL_UP_TO = 20_000
_DUAL_UP_TO = 3_000


def popularity(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:  # noqa: ARG001  # there is nothing to set
    """Everybody's plays."""
    counts = np.asarray(played.sum(axis=0)).ravel()
    return lambda rows: np.tile(counts, (len(rows), 1))


def item_knn(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """Cosine of tracks, shrunk, the candidate's side weighed by ``asymmetry``.

    F. Aiolli, "Efficient top-N recommendation for very large scale binary rated datasets" (RecSys 2013).
    """
    counts = np.maximum(np.asarray(played.sum(axis=0)).ravel(), 1.0)
    together = (played.T @ played).tocoo()
    power = settings["asymmetry"]
    scale = counts[together.row] ** power * counts[together.col] ** (1.0 - power) + settings["shrinkage"]
    near = sparse.csr_matrix(
        (np.where(together.row == together.col, 0.0, together.data / scale), (together.row, together.col)),
        shape=together.shape,
    )
    return lambda rows: (played[rows] @ near).toarray()


def ease(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """H. Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019), by its smaller side.

    With few listeners the inverse of (tracks, tracks) comes from one of (listeners, listeners), by Woodbury's identity:
    the same numbers. Raises ValueError with more than 3,000 listeners and more than 20,000 tracks.
    """
    listeners, tracks = played.shape
    ridge = settings["ridge"]
    if listeners <= min(_DUAL_UP_TO, tracks):
        together = (played @ played.T).toarray()
        together[np.diag_indices(listeners)] += ridge
        projected = played.T @ np.linalg.solve(together, played.toarray())
        weights = projected / (1.0 - np.diag(projected))
    elif tracks <= _PRIMAL_UP_TO:
        together = (played.T @ played).toarray()
        together[np.diag_indices(tracks)] += ridge
        precision = np.linalg.inv(together)
        weights = -precision / np.diag(precision)
    else:
        raise ValueError("neither side is small enough for a closed form")
    np.fill_diagonal(weights, 0.0)
    return lambda rows: np.asarray(played[rows] @ weights)


def rp3beta(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """Walks of three steps: F. Christoffel et al., "Blockbusters and wallflowers" (RecSys 2015)."""
    of_listener = np.maximum(np.asarray(played.sum(axis=1)).ravel(), 1.0)
    of_track = np.maximum(np.asarray(played.sum(axis=0)).ravel(), 1.0)
    to_listener = (sparse.diags(1.0 / of_track) @ played.T).tocsr()
    to_track = (sparse.diags(1.0 / of_listener) @ played).tocsr()
    to_listener.data **= settings["alpha"]
    to_track.data **= settings["alpha"]
    walked = (to_listener @ to_track) @ sparse.diags(of_track ** -settings["beta"])
    return lambda rows: (played[rows] @ walked).toarray()


def gf_cf(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """A linear and an ideal low-pass filter: Y. Shen et al., "How powerful is graph convolution..." (CIKM 2021)."""
    of_listener = np.maximum(np.asarray(played.sum(axis=1)).ravel(), 1.0)
    of_track = np.maximum(np.asarray(played.sum(axis=0)).ravel(), 1.0)
    normal = (sparse.diags(of_listener**-0.5) @ played @ sparse.diags(of_track**-0.5)).tocsr()
    size = min(settings["dimensions"], min(normal.shape) - 1)
    # From a vector of ones, so that it is the same each time.
    _, _, basis = svds(normal, k=size, v0=np.ones(min(normal.shape)))

    def scores(rows: NDArray[np.int64]) -> NDArray[np.floating]:
        linear = ((played[rows] @ normal.T) @ normal).toarray()
        low = (played[rows] @ sparse.diags(of_track**-0.5) @ basis.T) @ basis * of_track**0.5
        return np.asarray(linear + settings["ideal"] * low)

    return scores


CLOSED_FORM: dict[str, tuple[Peer, tuple[dict[str, Any], ...]]] = {
    "popularity": (popularity, ({},)),
    "item-kNN": (
        item_knn,
        tuple(
            {"asymmetry": power, "shrinkage": shrinkage} for power in (0.5, 0.6) for shrinkage in (0.0, 10.0)
        ),
    ),
    "EASE": (ease, tuple({"ridge": ridge} for ridge in (100.0, 200.0, 400.0))),
    "RP3beta": (
        rp3beta,
        tuple({"alpha": alpha, "beta": beta} for alpha in (0.5, 0.6, 0.8) for beta in (0.2, 0.3)),
    ),
    "GF-CF": (
        gf_cf,
        tuple({"ideal": ideal, "dimensions": size} for ideal in (0.2, 0.3) for size in (64, 256)),
    ),
}
"""By name: the peer, and the settings it is tried with."""
