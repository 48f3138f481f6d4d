"""Alternating least squares for plays, with a regulariser that grows with how much is known of a row.

Y. Hu, Y. Koren and C. Volinsky, "Collaborative filtering for implicit feedback datasets" (ICDM 2008), with the
frequency-scaled regulariser of S. Rendle, W. Krichene, L. Zhang and Y. Koren, "Revisiting the performance of iALS on item
recommendation benchmarks" (RecSys 2022), their nu = 1. The library `implicit` has only a constant one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from recommender.collaborative.model import FoldIn

# Numbers in one batch of systems, of 4 bytes each.
_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class FactorConfig:
    """How vectors are fitted. ``dimensions`` up to ``most_rows`` listeners and tracks together, a half of it beyond.

    ``unobserved``: what all the tracks that a listener has not played weigh together, beside the average listener's
    plays; ``regularisation``: beside all of a row's weight.
    """

    dimensions: int = 128
    most_rows: int = 20_000
    sweeps: int = 8
    unobserved: float = 20.0
    regularisation: float = 0.01


def fit_factors(
    matrix: sparse.csr_matrix, config: FactorConfig, rng: np.random.Generator
) -> tuple[NDArray[np.float32], FoldIn]:
    """Track vectors float32 (tracks, d), and how a listener's is found beside them.

    Minimises ``sum over plays w (1 - x.y)^2 + a sum over all (x.y)^2 + sum over rows r (n + a m) |row|^2``, with w the
    matrix, a and r of the configuration, n the plays and m the possible plays of a row.
    """
    listeners, tracks = matrix.shape
    size = config.dimensions if sum(matrix.shape) <= config.most_rows else config.dimensions // 2
    density = matrix.nnz / max(listeners * tracks, 1)
    # What was not played is never believed more than what was.
    fold_in = FoldIn(min(config.unobserved * density, 1.0), config.regularisation)
    by_listener = _Side.of(matrix)
    by_track = _Side.of(matrix.T.tocsr())
    vectors = rng.normal(scale=0.1 / np.sqrt(size), size=(tracks, size)).astype(np.float32)
    for _ in range(config.sweeps):
        vectors = by_track.solve(by_listener.solve(vectors, fold_in), fold_in)
    return vectors, fold_in


@dataclass(frozen=True, eq=False)
class _Side:
    """The matrix by listener or by track: starts int64 (rows + 1,), columns int32 (n,), weights float32 (n,).

    order: intp, the rows that have any, fewest first, so that those solved together need little filling up.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    weights: NDArray[np.float32]
    order: NDArray[np.intp]

    @classmethod
    def of(cls, matrix: sparse.csr_matrix) -> "_Side":
        counts = np.diff(matrix.indptr)
        order = np.argsort(counts, kind="stable")
        return cls(
            matrix.indptr.astype(np.int64),
            matrix.indices,
            matrix.data.astype(np.float32),
            order[counts[order] > 0],
        )

    def solve(self, others: NDArray[np.float32], fold_in: FoldIn) -> NDArray[np.float32]:
        """Each row's vector, float32 (rows, d), given those of the columns (columns, d)."""
        size = others.shape[1]
        counts = np.diff(self.starts)
        ridge = fold_in.regularisation * (counts + fold_in.unobserved * len(others))
        gram = fold_in.unobserved * (others.T @ others)
        found = np.zeros((len(counts), size), dtype=np.float32)
        diagonal = np.arange(size)
        done = 0
        while done < len(self.order):
            rows = self.order[done : done + max(_NUMBERS_AT_ONCE // size**2, 1)]
            rows = rows[: max(_NUMBERS_AT_ONCE // (size * int(counts[rows[-1]])), 1)]
            played, weights = self._filled_up(rows, counts, others)
            normal = np.matmul((played * weights[:, :, None]).transpose(0, 2, 1), played) + gram
            normal[:, diagonal, diagonal] += ridge[rows, None]
            right = np.matmul(weights[:, None, :], played)[:, 0]
            found[rows] = _solve_each(normal, right)
            done += len(rows)
        return found

    def _filled_up(
        self, rows: NDArray[np.intp], counts: NDArray[np.int64], others: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The columns' vectors (rows, most, d) and weights (rows, most), 0 where a row has fewer."""
        steps = np.arange(int(counts[rows].max()))
        inside = steps < counts[rows, None]
        places = np.where(inside, self.starts[rows, None] + steps, 0)
        return others[self.columns[places]], np.where(inside, self.weights[places], np.float32(0.0))


def _solve_each(normal: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """The solutions (rows, d) of positive definite systems (rows, d, d) with right sides (rows, d).

    By Cholesky, one after the other: that takes a third of the time of numpy's batched elimination. Raises
    numpy.linalg.LinAlgError where a system is not positive definite.
    """
    found = np.empty_like(right)
    for row, (matrix, side) in enumerate(zip(normal, right, strict=True)):
        # A symmetric matrix is its own transpose, and LAPACK need not copy it into columns.
        _, found[row], failed = lapack.sposv(matrix.T, side, lower=True)
        if failed:
            raise np.linalg.LinAlgError("a row's system is not positive definite")
    return found
