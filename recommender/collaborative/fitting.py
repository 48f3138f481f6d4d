"""Fitting a collaborative model to plays, how its two parts are weighed tuned on plays held out of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.audio_map import fit_audio_map
from recommender.collaborative.factors import FactorConfig, fit_factors
from recommender.collaborative.model import CollaborativeModel
from recommender.collaborative.neighbours import NeighbourConfig, find_neighbours
from recommender.collaborative.plays import hold_out
from recommender.evaluation.ranking_metrics import ndcg, recall, top_places

FEWEST_LISTENERS = 2
_TUNED_ON_LISTENERS = 1_000
_HELD_OUT_SHARE = 0.2
_NEIGHBOUR_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
_PLACES = 20


@dataclass(frozen=True)
class CollaborativeConfig:
    """The parts' configurations, and how the neighbours are weighed beside the vectors."""

    factors: FactorConfig = field(default_factory=FactorConfig)
    neighbours: NeighbourConfig = field(default_factory=NeighbourConfig)
    neighbour_weight: float = 1.5


def fit_collaborative(
    track_ids: Sequence[str],
    matrix: sparse.csr_matrix,
    config: CollaborativeConfig,
    rng: np.random.Generator,
    sounds: NDArray[np.float32] | None = None,
) -> CollaborativeModel:
    """The model of plays (listeners, tracks), its tracks named in ascending order.

    sounds: float32 (tracks, size), unit, all 0 for a track whose sound is not known; without them new tracks have no
    place. Raises ValueError with fewer than two listeners who played anything, and when ids do not ascend.
    """
    if list(track_ids) != sorted(set(track_ids)) or len(track_ids) != matrix.shape[1]:
        raise ValueError("a collaborative model takes each track id once, ascending")
    listeners = int((np.diff(matrix.indptr) > 0).sum())
    if listeners < FEWEST_LISTENERS:
        raise ValueError("what people have in common takes two listeners")
    vectors, fold_in = fit_factors(matrix, config.factors, rng)
    audio_map = None
    if sounds is not None:
        heard_by = np.bincount(matrix.indices, minlength=matrix.shape[1])
        known = np.flatnonzero(sounds.any(axis=1) & (heard_by > 0))
        audio_map = fit_audio_map(sounds[known], vectors[known], heard_by[known])
    return CollaborativeModel(
        tuple(track_ids),
        vectors,
        find_neighbours(matrix, config.neighbours),
        fold_in,
        config.neighbour_weight,
        listeners,
        audio_map,
    )


def tune(
    track_ids: Sequence[str],
    matrix: sparse.csr_matrix,
    config: CollaborativeConfig,
    rng: np.random.Generator,
) -> CollaborativeConfig:
    """The configuration whose neighbour weight finds most of a fifth of each listener's tracks, held out of a fit.

    Judged by recall and nDCG among 20 places together. As it was where too few listeners are left.
    """
    rest, held_out = hold_out(matrix, _HELD_OUT_SHARE, rng)
    asked = np.flatnonzero([len(each) > 0 for each in held_out])
    if len(asked) < FEWEST_LISTENERS:
        return config
    asked = np.sort(rng.permutation(asked)[:_TUNED_ON_LISTENERS])
    model = fit_collaborative(track_ids, rest, config, rng)
    found = np.zeros(len(_NEIGHBOUR_WEIGHTS))
    for listener in asked:
        of_row = slice(rest.indptr[listener], rest.indptr[listener + 1])
        positions, weights = rest.indices[of_row].astype(np.int64), rest.data[of_row]
        for place, affinity in enumerate(model.affinities(positions, weights, _NEIGHBOUR_WEIGHTS) or ()):
            listed = top_places(affinity.values, positions, _PLACES)
            found[place] += recall(listed, held_out[listener]) + ndcg(listed, held_out[listener])
    return replace(config, neighbour_weight=_NEIGHBOUR_WEIGHTS[int(np.argmax(found))])
