"""Unit vectors around a few directions, so that it is known which belong together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.interactions import Interactions

SIZE = 16


def blob(direction: int, count: int, rng: np.random.Generator, spread: float = 0.1) -> NDArray[np.float32]:
    """`count` unit vectors near the axis `direction`, float32 (count, 16)."""
    vectors = rng.normal(scale=spread, size=(count, SIZE))
    vectors[:, direction] += 1.0
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def heard(events: Sequence[tuple[str, int]], skipped: Sequence[bool] | None = None) -> Interactions:
    """Interactions of (track id, seconds since 1970)."""
    ids = tuple(sorted({track for track, _ in events}))
    at = np.array([moment for _, moment in events], dtype=np.int64)
    return Interactions(
        ids,
        np.array([ids.index(track) for track, _ in events], dtype=np.int32),
        at,
        (at // 3600 % 24).astype(np.int8),
        np.full(len(events), np.nan, dtype=np.float32),
        np.array(skipped if skipped is not None else [False] * len(events), dtype=np.bool_),
    )
