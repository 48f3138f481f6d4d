"""How far apart two sets of descriptions are, as one number that does not fall with their size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_SMALLEST_DEVIATION = 1e-3
_LARGEST_DEVIATIONS = 5.0


@dataclass(frozen=True)
class Discrepancy:
    """The unbiased squared maximum mean discrepancy (Gretton et al. 2012) of two sets of descriptions.

    Its kernel is Gaussian, as wide as the median distance of real descriptions, on features at the real set's mean and
    deviation. Examples of one group are never compared, within a set or between the two: a piece and what was made of it
    are no independent draws. `real` (n, n), `other` (m, m), `between` (n, m) hold kernel values, 0 where not compared;
    `compared` says for the same three which pairs are.
    """

    real: np.ndarray
    other: np.ndarray
    between: np.ndarray
    compared: tuple[np.ndarray, np.ndarray, np.ndarray]

    @classmethod
    def of(
        cls, real: np.ndarray, other: np.ndarray, real_groups: Sequence[str], other_groups: Sequence[str]
    ) -> "Discrepancy":
        """Compare descriptions (n, features) of real music with those of another set (m, features)."""
        deviation = real.std(0)
        known = deviation > _SMALLEST_DEVIATION
        sides = [
            np.clip(
                (side[:, known] - real[:, known].mean(0)) / deviation[known],
                -_LARGEST_DEVIATIONS,
                _LARGEST_DEVIATIONS,
            ).astype(np.float64)
            for side in (real, other)
        ]
        groups = [np.array(side, dtype=str) for side in (real_groups, other_groups)]
        places = ((0, 0), (1, 1), (0, 1))
        compared = tuple(
            (groups[one][:, None] != groups[two][None]).astype(np.float64) for one, two in places
        )
        distances = [_squared_distances(sides[one], sides[two]) for one, two in places]
        apart = distances[0][compared[0] > 0]
        width = (float(np.median(apart)) if apart.size else 1.0) or 1.0
        kernels = [np.exp(-far / width) * may for far, may in zip(distances, compared, strict=True)]
        return cls(kernels[0], kernels[1], kernels[2], (compared[0], compared[1], compared[2]))

    def value(self, real_weight: np.ndarray, other_weight: np.ndarray) -> float:
        """Return the discrepancy for weights (n,) and (m,): how often each example was drawn, ones for all.

        It is nan where what was drawn leaves nothing to compare.
        """
        real, other = real_weight.astype(np.float64), other_weight.astype(np.float64)
        sides = ((real, self.real, real), (other, self.other, other), (real, self.between, other))
        pairs = [one @ may @ two for (one, _, two), may in zip(sides, self.compared, strict=True)]
        if min(pairs) <= 0:
            return float("nan")
        within, theirs, between = (
            one @ kernel @ two / count for (one, kernel, two), count in zip(sides, pairs, strict=True)
        )
        return float(within + theirs - 2 * between)


def _squared_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.asarray(np.maximum(squares, 0.0))
