"""In which directions listeners differ, found in the thumbs of those who were there before.

Probabilistic factor analysis with holes, by expectation and maximisation: a listener's thumbs, less what everybody thinks
of each track, are a mixture of a few directions with normal weights (M. Tipping and C. Bishop, "Probabilistic principal
component analysis", 1999; here each track has its own loading, drawn towards nought). The normal weights are the informative
prior that a new listener's posterior starts from.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_STEPS_FROM_NOTHING, _FURTHER_STEPS = 12, 4
_NOISE_VARIANCE = 0.18
_LEVEL_VARIANCE = 0.02
"""How much listeners differ in how many tracks they like at all, which no choice between tracks depends on."""
_SHRINKING = 100.0
_FIRST_LOADING = 0.1


class Told(NamedTuple):
    """Thumbs as they came: listener and track intp (n,), and what is left of each thumb (0 or 1) float64 (n,)."""

    listener: NDArray[np.intp]
    track: NDArray[np.intp]
    left: NDArray[np.float64]


def find_directions(
    told: Told, tracks: int, count: int, before: NDArray[np.float64] | None, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Loadings float64 (tracks, count), in likes per standard deviation of a listener; nought for tracks never told of.

    ``before`` are those found with fewer thumbs, from which a few steps are enough.
    """
    loadings = _FIRST_LOADING * rng.normal(size=(tracks, count)) if before is None else before
    by_listener = _Grouped.of(told.listener, told)
    by_track = _Grouped.of(told.track, told)
    for _ in range(_STEPS_FROM_NOTHING if before is None else _FURTHER_STEPS):
        means, seconds = _listeners(by_listener, loadings)
        loadings = _loadings(by_track, means, seconds, tracks)
    return loadings


class _Grouped(NamedTuple):
    """Thumbs sorted by one of their columns: where each group begins, and its number."""

    told: Told
    begins: NDArray[np.intp]
    numbers: NDArray[np.intp]

    @classmethod
    def of(cls, column: NDArray[np.intp], told: Told) -> "_Grouped":
        order = np.argsort(column, kind="stable")
        sorted_column = column[order]
        begins = np.flatnonzero(np.diff(sorted_column, prepend=-1))
        ordered = Told(told.listener[order], told.track[order], told.left[order])
        return cls(ordered, begins, sorted_column[begins])


def _listeners(
    grouped: _Grouped, loadings: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each listener's weights given the loadings: means (listeners, 1 + d) and second moments, the level first."""
    level = np.full(len(loadings), np.sqrt(_LEVEL_VARIANCE))
    rows = np.column_stack([level, loadings])[grouped.told.track]
    size = rows.shape[1]
    squares = np.add.reduceat((rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1), grouped.begins)
    precision = squares.reshape(-1, size, size) / _NOISE_VARIANCE + np.eye(size)
    sums = np.add.reduceat(rows * grouped.told.left[:, None], grouped.begins) / _NOISE_VARIANCE
    covariance = np.linalg.inv(precision)
    listeners = int(grouped.numbers.max()) + 1
    means, seconds = np.zeros((listeners, size)), np.zeros((listeners, size, size))
    means[grouped.numbers] = found = (covariance @ sums[:, :, None])[:, :, 0]
    seconds[grouped.numbers] = covariance + found[:, :, None] * found[:, None, :]
    return means, seconds


def _loadings(
    grouped: _Grouped, means: NDArray[np.float64], seconds: NDArray[np.float64], tracks: int
) -> NDArray[np.float64]:
    """The loadings that explain the thumbs best in expectation, each drawn towards nought."""
    size = means.shape[1] - 1
    of_listener = grouped.told.listener
    products = seconds[of_listener][:, 1:, 1:].reshape(len(of_listener), -1)
    left = np.add.reduceat(products, grouped.begins).reshape(-1, size, size)
    left += _SHRINKING * _NOISE_VARIANCE * np.eye(size)
    level = np.sqrt(_LEVEL_VARIANCE) * seconds[of_listener][:, 0, 1:]
    right = np.add.reduceat(means[of_listener][:, 1:] * grouped.told.left[:, None] - level, grouped.begins)
    loadings = np.zeros((tracks, size))
    loadings[grouped.numbers] = np.linalg.solve(left, right[:, :, None])[:, :, 0]
    return loadings
