"""What thumbs on composed pieces say of what the next piece for their taste should be asked for.

Quantities (a tempo, a density) have a normal posterior over how far they should be from what the taste itself suggests; what
a piece has or has not (a mode, an instrument, the passage it began from) has a Beta posterior each. Both are functions of the
thumbs in force and nothing else, so a thumb that is taken back leaves no trace.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from recommender.feedback import like_rate
from recommender.posterior import log_odds

PRIOR_THUMBS_OF_A_MARK = 2.0

NOISE_TO_PRIOR = 4.0
"""How much less one piece tells of a quantity than all that is known beforehand: its variance, in prior variances."""

DOWN_COUNTS = 0.5
"""A thumb down says where the listener does not want to be, and only half where they do: on the other side."""

QUANTITIES_REACH = 3.0
"""So many prior deviations at most from what the taste suggests."""


class JudgedPiece(NamedTuple):
    """A composed piece with a thumb: how far its quantities were from what the taste suggests, and what it has."""

    liked: bool
    quantities: Mapping[str, float]
    marks: frozenset[str]


@dataclass(frozen=True)
class ConditionPosterior:
    """By quantity the mean and variance of the offset that is wanted; by mark the log odds of being liked, 0 for unknown."""

    means: Mapping[str, float]
    variances: Mapping[str, float]
    odds: Mapping[str, float] = field(default_factory=dict)

    def draw(self, rng: np.random.Generator) -> dict[str, float]:
        """Offsets that may be the wanted ones (Thompson sampling): without trying there is nothing to be judged."""
        return {
            name: float(rng.normal(self.means[name], np.sqrt(self.variances[name])))
            for name in sorted(self.means)
        }


def learn_conditions(
    pieces: Sequence[JudgedPiece], prior_deviations: Mapping[str, float]
) -> ConditionPosterior:
    """The posterior after these thumbs, whatever their order; without any it is the prior, of mean 0.

    ``prior_deviations`` says by quantity how far from the taste's own it may be wanted; others are passed over.
    """
    means, variances = {}, {}
    for name, deviation in prior_deviations.items():
        precision, pulled = 1.0 / deviation**2, 0.0
        said = 1.0 / (NOISE_TO_PRIOR * deviation**2)
        reach = QUANTITIES_REACH * deviation
        said_of_it = ((each.quantities[name], each.liked) for each in pieces if name in each.quantities)
        for offset, liked in sorted(said_of_it):
            counted = said * (1.0 if liked else DOWN_COUNTS)
            near = min(max(offset, -reach), reach)
            precision += counted
            pulled += counted * (near if liked else -near)
        means[name], variances[name] = pulled / precision, 1.0 / precision
    ups = Counter(mark for piece in pieces if piece.liked for mark in piece.marks)
    downs = Counter(mark for piece in pieces if not piece.liked for mark in piece.marks)
    marks = sorted(ups.keys() | downs.keys())
    counted_ups = np.array([ups[mark] for mark in marks], dtype=np.float64)
    counted_downs = np.array([downs[mark] for mark in marks], dtype=np.float64)
    odds = log_odds(like_rate(counted_ups, counted_downs, PRIOR_THUMBS_OF_A_MARK))
    return ConditionPosterior(
        means, variances, {mark: float(odd) for mark, odd in zip(marks, odds, strict=True)}
    )
