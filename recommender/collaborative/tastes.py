"""One listener's plays taken apart into the few tastes they come from, so that each is folded in by itself."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.apartness import apartness

MOST_TASTES = 3
_FEWEST_TRACKS = 3
_TRACKS_FOR_A_TASTE = 5
_ROUNDS = 8


class Tastes(NamedTuple):
    """taste: intp (n,), of each track, counted from 0; apart: 0-1, how far they lie apart, 0 of a single one."""

    taste: NDArray[np.intp]
    apart: float


def take_apart(vectors: NDArray[np.float32], weights: NDArray[np.float64], most: int = MOST_TASTES) -> Tastes:
    """At most ``most`` tastes of tracks (n, d), weighed (n,), above 0; the same tracks give the same tastes.

    Spherical k-means (I. S. Dhillon and D. S. Modha, "Concept decompositions for large sparse text data using
    clustering", Machine Learning 42, 2001), begun at the track nearest to the mean, then at those furthest from all
    beginnings, by weight. Unlike the clusters that a listener is shown these need no job, and are made with each list.
    """
    one = Tastes(np.zeros(len(vectors), dtype=np.intp), 0.0)
    most = min(most, len(vectors) // _TRACKS_FOR_A_TASTE)
    if most < 2:
        return one
    unit = _unit(vectors)
    centroids = _begin(unit, weights, most)
    for _ in range(_ROUNDS):
        centroids = _centroids(unit, weights, np.argmax(unit @ centroids.T, axis=1), most)
    counted = np.bincount(np.argmax(unit @ centroids.T, axis=1), minlength=most)
    kept = centroids[counted >= _FEWEST_TRACKS]
    if len(kept) < 2:
        return one
    taste: NDArray[np.intp] = np.argmax(unit @ kept.T, axis=1)
    shares = np.bincount(taste, weights=weights, minlength=len(kept)).astype(np.float64)
    return Tastes(taste, apartness(_centroids(unit, weights, taste, len(kept)), shares))


def joined(nearness: NDArray[np.float32], apart: float) -> NDArray[np.float32]:
    """Nearness to a listener, float32 (n,), from that of all plays at once, the first row, and of each taste (1 + tastes, n).

    Where the tastes lie apart, by the length of what the tastes say: who is near to one of them is near to the listener,
    and who is near to two of them nearer. What is far from a taste is not held against it.
    """
    if len(nearness) == 1 or apart <= 0.0:
        at_once: NDArray[np.float32] = nearness[0]
        return at_once
    of_tastes = np.maximum(nearness[1:], np.float32(0.0))
    together = np.sqrt(np.einsum("tn,tn->n", of_tastes, of_tastes))
    found: NDArray[np.float32] = np.float32(1.0 - apart) * nearness[0] + np.float32(apart) * together
    return found


def _begin(unit: NDArray[np.float32], weights: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    chosen = [int(np.argmax(unit @ (weights @ unit)))]
    nearest = unit @ unit[chosen[0]]
    for _ in range(count - 1):
        chosen.append(int(np.argmax(weights * (1.0 - nearest))))
        nearest = np.maximum(nearest, unit @ unit[chosen[-1]])
    begun: NDArray[np.float32] = unit[chosen]
    return begun


def _centroids(
    unit: NDArray[np.float32], weights: NDArray[np.float64], taste: NDArray[np.intp], count: int
) -> NDArray[np.float32]:
    of_taste = (taste == np.arange(count)[:, None]) * weights
    return _unit((of_taste @ unit).astype(np.float32))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """One of length 0 stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, np.float32(1.0))).astype(np.float32)
