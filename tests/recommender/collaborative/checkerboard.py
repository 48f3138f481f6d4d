"""Plays whose structure is known: listeners of even number play even tracks, the others odd ones."""

import numpy as np
from scipy import sparse

from recommender.collaborative.plays import play_matrix


def names(count: int) -> tuple[str, ...]:
    return tuple(f"t{number:03}" for number in range(count))


def checkerboard(
    listeners: int, tracks: int, rng: np.random.Generator, share: float = 0.6
) -> sparse.csr_matrix:
    """Each listener plays a share of the tracks of their colour, drawn at random."""
    same = np.add.outer(np.arange(listeners), np.arange(tracks)) % 2 == 0
    listener, track = np.nonzero(same & (rng.random((listeners, tracks)) < share))
    return play_matrix(listener, track, np.ones(len(listener)), (listeners, tracks))


def row_of(matrix: sparse.csr_matrix, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and weights of one listener's plays."""
    of_row = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[of_row].astype(np.int64), matrix.data[of_row]
