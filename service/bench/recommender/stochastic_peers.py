"""Recommenders that are trained from a random beginning: of the library `implicit`, and LightGCN."""

from typing import Any

import numpy as np
import torch
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits
from torch.nn import functional as F

from service.bench.recommender.peers import Peer, Scores


def implicit_als(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """Alternating least squares with a constant regulariser."""
    model = AlternatingLeastSquares(
        factors=settings["dimensions"],
        regularization=settings["ridge"],
        alpha=settings["alpha"],
        iterations=15,
        num_threads=settings["threads"],
        random_state=settings["seed"],
    )
    return _fit(model, played)


def implicit_bpr(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """S. Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback" (UAI 2009)."""
    model = BayesianPersonalizedRanking(
        factors=settings["dimensions"],
        learning_rate=settings["learning_rate"],
        regularization=settings["ridge"],
        iterations=settings["epochs"],
        # Its threads overwrite each other's steps: with more than one a seed says nothing.
        num_threads=1,
        random_state=settings["seed"],
    )
    return _fit(model, played)


def _fit(model: Any, played: sparse.csr_matrix) -> Scores:
    with threadpool_limits(1, user_api="blas"):
        model.fit(played.astype(np.float32), show_progress=False)
    listeners, tracks = np.asarray(model.user_factors), np.asarray(model.item_factors)
    return lambda rows: np.asarray(listeners[rows] @ tracks.T)


def lightgcn(played: sparse.csr_matrix, settings: dict[str, Any]) -> Scores:
    """X. He et al., "LightGCN" (SIGIR 2020): embeddings averaged over a walk's steps, trained by BPR."""
    source = torch.Generator()
    source.manual_seed(settings["seed"])
    listeners, tracks = played.shape
    graph = _normal_graph(played)
    begun = torch.randn((listeners + tracks, settings["dimensions"]), generator=source) * 0.1
    embeddings = begun.requires_grad_()
    optimiser = torch.optim.Adam([embeddings], lr=settings["learning_rate"])
    pairs = torch.from_numpy(np.column_stack(played.nonzero()).astype(np.int64))
    for _ in range(settings["epochs"]):
        shuffled = pairs[torch.randperm(len(pairs), generator=source)]
        for first in range(0, len(pairs), settings["batch"]):
            batch = shuffled[first : first + settings["batch"]]
            walked = _walked(graph, embeddings, settings["layers"])
            wrong = listeners + torch.randint(tracks, (len(batch),), generator=source)
            rows = (batch[:, 0], listeners + batch[:, 1], wrong)
            listener, right, other = (walked[row] for row in rows)
            loss = F.softplus((listener * other).sum(dim=1) - (listener * right).sum(dim=1)).mean()
            drawn = torch.cat([embeddings[row] for row in rows])
            optimiser.zero_grad()
            (loss + settings["decay"] * drawn.square().sum() / (2 * len(batch))).backward()
            optimiser.step()
    with torch.no_grad():
        found = _walked(graph, embeddings, settings["layers"]).numpy()
    return lambda rows: np.asarray(found[:listeners][rows] @ found[listeners:].T)


def _walked(graph: torch.Tensor, embeddings: torch.Tensor, layers: int) -> torch.Tensor:
    steps = [embeddings]
    for _ in range(layers):
        steps.append(torch.sparse.mm(graph, steps[-1]))
    return torch.stack(steps).mean(dim=0)


def _normal_graph(played: sparse.csr_matrix) -> torch.Tensor:
    both = sparse.bmat([[None, played], [played.T, None]]).tocoo()
    degrees: NDArray[np.float64] = np.maximum(np.asarray(both.sum(axis=1)).ravel(), 1.0)
    values = (both.data / np.sqrt(degrees[both.row] * degrees[both.col])).astype(np.float32)
    places = torch.from_numpy(np.stack([both.row, both.col]).astype(np.int64))
    graph = torch.sparse_coo_tensor(places, torch.from_numpy(values), both.shape, check_invariants=True)
    return graph.coalesce()


STOCHASTIC: dict[str, tuple[Peer, tuple[dict[str, Any], ...]]] = {
    "implicit ALS": (
        implicit_als,
        tuple({"dimensions": 128, "alpha": 10.0, "ridge": ridge} for ridge in (20.0, 50.0, 100.0)),
    ),
    "implicit BPR": (
        implicit_bpr,
        tuple(
            {"dimensions": 64, "learning_rate": 0.05, "ridge": ridge, "epochs": 150} for ridge in (0.01, 0.03)
        ),
    ),
    "LightGCN": (
        lightgcn,
        (
            {
                "dimensions": 64,
                "layers": 3,
                "learning_rate": 0.005,
                "decay": 1e-4,
                "batch": 2048,
                "epochs": 60,
            },
        ),
    ),
}
"""By name: the peer, and the settings it is tried with, to which ``seed`` and ``threads`` are added."""
