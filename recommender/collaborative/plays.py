"""Who played what, as one sparse matrix: the form in which collaborative models are fitted."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.model import MOST_TRACKS_OF_A_LISTENER

_LEAST_PLAYS = 1e-9


def play_matrix(
    listener: NDArray[np.integer],
    track: NDArray[np.integer],
    plays: NDArray[np.floating],
    shape: tuple[int, int],
) -> sparse.csr_matrix:
    """Weights float64 (listeners, tracks) of rows (n,), each a listener's plays of a track.

    Rows of the same pair are added up. A weight is ``log1p(plays)``, so that ten thousand plays of one track say little
    more than a hundred; of a listener with very many tracks those played most are kept. Each listener's weights have
    the mean 1, so that who plays much does not speak for the others. Raises ValueError for an index outside the shape,
    and for plays that are negative or no number; a billionth of a play is none.
    """
    if not (np.isfinite(plays).all() and (plays >= 0).all()):
        raise ValueError("plays are numbers of at least 0")
    for indices, count in zip((listener, track), shape, strict=True):
        if len(indices) and not 0 <= indices.min() <= indices.max() < count:
            raise ValueError("a play names a listener or a track that is not there")
    # Columns of a matrix of no rows at all cannot be told from their maximum, hence the shape.
    matrix = sparse.coo_matrix((plays.astype(np.float64), (listener, track)), shape=shape).tocsr()
    # Numbers that are all but nothing would be so in one place and nothing in another.
    matrix.data[matrix.data < _LEAST_PLAYS] = 0.0
    matrix.eliminate_zeros()
    matrix.sort_indices()
    matrix.data = np.log1p(matrix.data)
    return _of_mean_one(_heaviest(matrix, MOST_TRACKS_OF_A_LISTENER))


def hold_out(
    matrix: sparse.csr_matrix, share: float, rng: np.random.Generator
) -> tuple[sparse.csr_matrix, list[NDArray[np.int32]]]:
    """The matrix without a share of each listener's tracks, and those, int32 (held out,) a listener.

    A listener keeps at least one track; of one who has a single track nothing is held out.
    """
    kept = np.ones(matrix.nnz, dtype=np.bool_)
    held_out = []
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        count = min(round((end - start) * share), max(end - start - 1, 0))
        drawn = start + rng.choice(end - start, size=count, replace=False) if count else np.zeros(0, np.intp)
        kept[drawn] = False
        held_out.append(np.sort(matrix.indices[drawn]))
    rest = matrix.copy()
    rest.data = np.where(kept, rest.data, 0.0)
    rest.eliminate_zeros()
    return _of_mean_one(rest), held_out


def _heaviest(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    for row in np.flatnonzero(np.diff(matrix.indptr) > most):
        of_row = slice(matrix.indptr[row], matrix.indptr[row + 1])
        lightest = np.argsort(-matrix.data[of_row], kind="stable")[most:]
        matrix.data[of_row][lightest] = 0.0
    matrix.eliminate_zeros()
    return matrix


def _of_mean_one(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    counts = np.diff(matrix.indptr)
    means = np.asarray(matrix.sum(axis=1)).ravel() / np.maximum(counts, 1)
    matrix.data = matrix.data / np.repeat(np.where(means > 0, means, 1.0), counts)
    return matrix
