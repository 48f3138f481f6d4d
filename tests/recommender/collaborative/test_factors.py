import numpy as np
from scipy import sparse

from recommender.collaborative.factors import FactorConfig, fit_factors
from recommender.collaborative.model import FoldIn
from tests.recommender.collaborative.checkerboard import checkerboard


def objective(matrix: sparse.csr_matrix, vectors: np.ndarray, fold_in: FoldIn) -> float:
    """The sum that is minimised, its listeners solved for exactly, without any of the fitting's short cuts."""
    listeners, tracks = matrix.shape
    dense = matrix.toarray()
    total = 0.0
    for row in dense:
        ridge = fold_in.regularisation * ((row > 0).sum() + fold_in.unobserved * tracks)
        normal = fold_in.unobserved * vectors.T @ vectors + (vectors.T * row) @ vectors
        own = np.linalg.solve(normal + ridge * np.eye(vectors.shape[1]), vectors.T @ row)
        near = vectors @ own
        total += (row * (1 - near) ** 2).sum() + fold_in.unobserved * (near**2).sum() + ridge * own @ own
    of_track = fold_in.regularisation * ((dense > 0).sum(axis=0) + fold_in.unobserved * listeners)
    return total + float((of_track * (vectors**2).sum(axis=1)).sum())


def test_each_sweep_lowers_what_is_minimised(rng: np.random.Generator) -> None:
    matrix = checkerboard(12, 20, rng)
    fitted = [
        fit_factors(matrix, FactorConfig(dimensions=4, sweeps=sweeps), np.random.default_rng(1))
        for sweeps in (1, 2, 4, 8)
    ]
    sums = [objective(matrix, vectors.astype(np.float64), fold_in) for vectors, fold_in in fitted]
    assert sums == sorted(sums, reverse=True)
    assert sums[-1] < sums[0]


def test_the_same_seed_gives_the_same_vectors(rng: np.random.Generator) -> None:
    matrix = checkerboard(12, 20, rng)
    first, again = (fit_factors(matrix, FactorConfig(8), np.random.default_rng(3))[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_track_that_nobody_plays_stands_nowhere(rng: np.random.Generator) -> None:
    matrix = sparse.hstack([checkerboard(6, 8, rng), sparse.csr_matrix((6, 1))]).tocsr()
    vectors, _ = fit_factors(matrix, FactorConfig(4), rng)
    assert not vectors[-1].any()
    assert np.isfinite(vectors).all()


def test_large_houses_have_shorter_vectors(rng: np.random.Generator) -> None:
    matrix = checkerboard(6, 8, rng)
    assert fit_factors(matrix, FactorConfig(8, most_rows=10), rng)[0].shape == (8, 4)
