"""Which tracks are played by the same listeners: a walk from a track to its listeners and on to their other tracks.

F. Christoffel, B. Paudel, C. Newell and A. Bernstein, "Blockbusters and wallflowers" (RecSys 2015): RP3beta.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.model import Neighbours

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class NeighbourConfig:
    """``alpha`` flattens the walk's chances, ``beta`` takes back what is reached because everybody plays it.

    A track has at most ``most`` neighbours, and fewer where all together would be more than ``most_of_all``.
    """

    alpha: float = 0.5
    beta: float = 0.3
    most: int = 300
    most_of_all: int = 6_000_000


def find_neighbours(matrix: sparse.csr_matrix, config: NeighbourConfig) -> Neighbours:
    """The neighbours of each track of plays (listeners, tracks), heaviest first; a track is never its own."""
    tracks = matrix.shape[1]
    most = max(min(config.most, config.most_of_all // max(tracks, 1)), 1)
    of_listener = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1e-9)
    of_track = np.maximum(np.asarray(matrix.sum(axis=0)).ravel(), 1e-9)
    to_listener = (sparse.diags(1.0 / of_track) @ matrix.T).tocsr()
    to_track = (sparse.diags(1.0 / of_listener) @ matrix).tocsr()
    to_listener.data **= config.alpha
    to_track.data **= config.alpha
    to_track = (to_track @ sparse.diags(of_track**-config.beta)).tocsr()
    found: list[tuple[NDArray[np.int32], NDArray[np.float32]]] = []
    for first in range(0, tracks, _ROWS_AT_ONCE):
        walked = (to_listener[first : first + _ROWS_AT_ONCE] @ to_track).tocsr()
        for row in range(walked.shape[0]):
            of_row = slice(walked.indptr[row], walked.indptr[row + 1])
            found.append(_heaviest(walked.indices[of_row], walked.data[of_row], first + row, most))
    starts = np.cumsum([0, *(len(each) for each, _ in found)])
    return Neighbours(
        starts.astype(np.int64),
        np.concatenate([np.zeros(0, np.int32), *(each for each, _ in found)]),
        np.concatenate([np.zeros(0, np.float32), *(weights for _, weights in found)]),
    )


def _heaviest(
    tracks: NDArray[np.int32], weights: NDArray[np.float64], itself: int, most: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    others = tracks != itself
    tracks, weights = tracks[others], weights[others]
    if len(tracks) > most:
        # Only those that can be among them are put in order, which takes much longer than finding them.
        least = np.partition(weights, len(weights) - most)[len(weights) - most]
        heavy = np.flatnonzero(weights >= least)
        # By position where weights are equal, so that the same plays give the same neighbours.
        order = heavy[np.lexsort((tracks[heavy], -weights[heavy]))[:most]]
        tracks, weights = tracks[order], weights[order]
    return tracks.astype(np.int32), weights.astype(np.float32)
