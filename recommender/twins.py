"""Tracks that sound the same and last as long as each other: one recording, encoded or named twice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_COSINE = 0.985
"""Of 30 tracks encoded to Opus at 96 kb/s more than 19 in 20 keep .992 with themselves (docs/benchmarks.md)."""

LENGTH_SHARE = 0.02

_AT_ONCE = 512


@dataclass(frozen=True)
class Twins:
    """Two tracks by their positions, and the cosine between their vectors."""

    first: int
    second: int
    cosine: float


def find_twins(
    vectors: NDArray[np.float32],
    seconds: NDArray[np.float64],
    *,
    least_cosine: float = LEAST_COSINE,
    length_share: float = LENGTH_SHARE,
    most: int = 500,
) -> list[Twins]:
    """The ``most`` pairs that are most alike, the closest first.

    vectors: unit length, (tracks, size); seconds: how long each lasts, (tracks,). Each track is compared with those only that last up
    to ``length_share`` longer, so a library costs as much as there are tracks of like length, and memory as one block of them.
    """
    order = np.argsort(seconds, kind="stable")
    lengths, sorted_vectors = seconds[order], vectors[order]
    ends = np.searchsorted(lengths, lengths * (1.0 + length_share), side="right")
    found: list[Twins] = []
    for begin in range(0, len(order), _AT_ONCE):
        rows = np.arange(begin, min(begin + _AT_ONCE, len(order)))
        alike = sorted_vectors[rows] @ sorted_vectors[begin : ends[rows[-1]]].T
        columns = np.arange(begin, ends[rows[-1]])
        is_pair = (columns > rows[:, None]) & (columns < ends[rows][:, None]) & (alike >= least_cosine)
        pairs = np.argwhere(is_pair)
        # A library of one sound under thousands of names has more pairs than can be told.
        closest = np.argsort(-alike[is_pair], kind="stable")[:most]
        found += [
            Twins(int(order[rows[row]]), int(order[columns[column]]), float(alike[row, column]))
            for row, column in pairs[closest]
        ]
        found = sorted(found, key=lambda twins: -twins.cosine)[:most]
    return found
