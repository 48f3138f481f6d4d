"""Bootstrap intervals over groups: what would have come out, had other albums been in the library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

DRAWS = 2_000
COVERAGE = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure, and where 95 % of the bootstrap's draws lie; `low` and `high` are None where nothing can be drawn."""

    value: float
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, Any]:
        """Rounded to four places."""
        return {name: None if part is None else round(part, 4) for name, part in vars(self).items()}


def interval_of(value: float, drawn: np.ndarray) -> Interval:
    """The middle 95 % of the draws (draws,), of which those that are no number are left out."""
    finite = drawn[np.isfinite(drawn)]
    if not finite.size:
        return Interval(value, None, None)
    low, high = np.quantile(finite, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Interval(value, float(low), float(high))


class GroupBootstrap:
    """Groups drawn with replacement, the same draws for everything that is measured on them (so differences are paired).

    Cameron, Gelbach and Miller 2008, "Bootstrap-based improvements for inference with clustered errors".
    """

    def __init__(self, groups: Sequence[str], rng: np.random.Generator, draws: int = DRAWS) -> None:
        self._names, self._places = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
        count = len(self._names)
        chances = np.full(count, 1.0 / count) if count else np.zeros(0)
        self._counts = (
            rng.multinomial(count, chances, size=draws).astype(np.float64) if count else np.zeros((draws, 0))
        )

    @property
    def groups(self) -> int:
        """How many there are."""
        return len(self._names)

    def means(self, values: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Means (draws,) of values (n,), or with labels (n,) the mean of the labels' means; nan where nothing was drawn."""
        labels = (
            np.zeros(len(values), dtype=int) if labels is None else np.unique(labels, return_inverse=True)[1]
        )
        kinds = int(labels.max(initial=-1)) + 1
        sums, counts = np.zeros((self.groups, kinds)), np.zeros((self.groups, kinds))
        np.add.at(sums, (self._places, labels), values)
        np.add.at(counts, (self._places, labels), 1.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            by_label = (self._counts @ sums) / (self._counts @ counts)
        present = np.isfinite(by_label)
        totals = np.where(present, by_label, 0.0).sum(axis=1)
        means: np.ndarray = np.where(present.any(axis=1), totals / np.maximum(present.sum(axis=1), 1), np.nan)
        return means

    def statistic(self, of: Callable[[np.ndarray], float], draws: int = 500) -> np.ndarray:
        """Any statistic (draws,) of the places of the drawn examples: `of` is given them, a group's as often as drawn."""
        members = [np.flatnonzero(self._places == group) for group in range(self.groups)]
        return np.array(
            [
                of(
                    np.concatenate(
                        [np.repeat(members[group], int(times)) for group, times in enumerate(counts)]
                    )
                )
                for counts in self._counts[:draws]
            ]
        )
