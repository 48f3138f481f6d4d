"""How well estimated emotions follow words of mood: ranks against what people feel at those words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from service.bench.intervals import GroupBootstrap, Interval, interval_of

DRAWS = 1_000


@dataclass(frozen=True)
class WordNorm:
    """Mean ratings of a word from 1 to 9: unhappy to happy, calm to excited."""

    valence: float
    arousal: float


# A. Warriner, V. Kuperman and M. Brysbaert, "Norms of valence, arousal, and dominance for 13,915 English lemmas" (Behavior
# Research Methods 45, 2013). Their order on the arousal axis is that of J. Russell's circumplex (1980).
WORD_NORMS = {
    "calm": WordNorm(6.89, 1.67),
    "tender": WordNorm(6.47, 3.22),
    "nostalgic": WordNorm(6.68, 4.37),
    "happy": WordNorm(8.47, 6.05),
    "energetic": WordNorm(7.57, 6.10),
}
AXES = ("valence", "arousal")


@dataclass(frozen=True)
class AxisScore:
    """Of one axis: Spearman's rank correlation, and the share of pairs of different truth that are in order."""

    pieces: int
    rank_correlation: Interval
    pairs_in_order: Interval

    def to_json(self) -> dict[str, Any]:
        """Rounded."""
        return {
            "pieces": self.pieces,
            "rank_correlation": self.rank_correlation.to_json(),
            "pairs_in_order": self.pairs_in_order.to_json(),
        }


def score_axis(
    truth: np.ndarray, estimated: np.ndarray, bootstrap: GroupBootstrap, draws: int = DRAWS
) -> AxisScore:
    """Scores of estimates (n,) against a truth (n,) with intervals; raises ValueError where they do not fit."""
    if truth.shape != estimated.shape or truth.ndim != 1:
        raise ValueError("Truth and estimates must be as many.")
    return AxisScore(
        pieces=truth.size,
        rank_correlation=interval_of(
            rank_correlation(truth, estimated),
            bootstrap.statistic(lambda drawn: rank_correlation(truth[drawn], estimated[drawn]), draws=draws),
        ),
        pairs_in_order=interval_of(
            pairs_in_order(truth, estimated),
            bootstrap.statistic(lambda drawn: pairs_in_order(truth[drawn], estimated[drawn]), draws=draws),
        ),
    )


def rank_correlation(truth: np.ndarray, estimated: np.ndarray) -> float:
    """Spearman's, equal values sharing their ranks; nan where one side does not vary."""
    ranks = [rankdata(side) for side in (truth, estimated)]
    if truth.size < 2 or min(side.std() for side in ranks) <= 0.0:
        return float("nan")
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def pairs_in_order(truth: np.ndarray, estimated: np.ndarray) -> float:
    """Share of pairs whose truth differs that are estimated in that order, a tie counting half; nan without any."""
    first, second = np.triu_indices(truth.size, 1)
    wanted = np.sign(truth[first] - truth[second])
    found = np.sign(estimated[first] - estimated[second])
    told = wanted != 0
    if not told.any():
        return float("nan")
    return float(np.mean((wanted[told] * found[told] + 1) / 2))


def share_inside(truth: np.ndarray, estimated: np.ndarray, uncertainty: np.ndarray) -> float:
    """Share of errors inside one stated deviation, 0.68 when it is honest, once both sides have the same mean.

    Norms and estimates count from different zeros, so that only differences between pieces can be compared.
    """
    errors = (estimated - estimated.mean()) - (truth - truth.mean())
    return float(np.mean(np.abs(errors) <= uncertainty))
