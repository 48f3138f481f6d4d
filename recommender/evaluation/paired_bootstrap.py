"""Whether one ranking is better than another on the same listeners, or whether other listeners might say otherwise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2_000


@dataclass(frozen=True)
class PairedDifference:
    """A mean difference, where 95 % of the resamples lie, and the share of them in which it is at least 0."""

    mean: float
    low: float
    high: float
    chance_not_worse: float


def paired_difference(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], rng: np.random.Generator, draws: int = DRAWS
) -> PairedDifference:
    """Of one figure a listener (n,) each, the same listeners in the same order; listeners are drawn with replacement.

    B. Efron and R. Tibshirani, "An introduction to the bootstrap" (1993). Raises ValueError without listeners.
    """
    if not len(ours) or len(ours) != len(theirs):
        raise ValueError("a paired comparison takes the same listeners, at least one")
    gained = ours - theirs
    counts = rng.multinomial(len(gained), np.full(len(gained), 1.0 / len(gained)), size=draws)
    means = counts @ gained / len(gained)
    low, high = np.quantile(means, [0.025, 0.975])
    return PairedDifference(float(gained.mean()), float(low), float(high), float((means >= -1e-12).mean()))
