"""Telling two sets of music apart: a judge that has to do better than chance on pieces it did not learn from.

Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests". The judge is two judges whose chances are averaged: a
logistic regression, which adds up many weak hints, and extremely randomised trees (Geurts et al. 2006), which find
conditions that hold together. On works held out for validation this tells a row swapped in from elsewhere best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MOST_FOLDS = 5
TREES = 200
_REGULARISATION = 0.003
_LARGEST_SEED = 2**31 - 1
_SMALLEST_DEVIATION = 1e-3


@dataclass(frozen=True)
class TwoSample:
    """What the judge said of each example when its group was left out.

    `chance` (examples,) that it is of the other set, `is_other` (examples,) bool the truth, `groups` (examples,) str.
    """

    chance: np.ndarray
    is_other: np.ndarray
    groups: np.ndarray

    @property
    def auc(self) -> float:
        """How often an example of the other set is given the higher chance; .5 where the two cannot be told apart."""
        return area_under_curve(self.chance, self.is_other)


def tell_apart(
    real: np.ndarray,
    other: np.ndarray,
    real_groups: Sequence[str],
    other_groups: Sequence[str],
    rng: np.random.Generator,
    *,
    trees: int = TREES,
) -> TwoSample:
    """Judge descriptions of real music (n, features) and of others (m, features), no group in two folds.

    There are five folds, or as many as the smaller side has groups. A corrupted piece belongs to the group of what it was
    made of. Raises ValueError where a side has only one group, or where the two sides' descriptions differ in length.
    """
    if real.shape[1:] != other.shape[1:]:
        raise ValueError(f"the descriptions differ: {real.shape[1:]} and {other.shape[1:]}")
    fold_count = min(MOST_FOLDS, len(set(real_groups)), len(set(other_groups)))
    if fold_count < 2:
        raise ValueError("a judge needs two groups on each side, one to learn from and one to judge")
    features = np.concatenate([real, other])
    is_other = np.r_[np.zeros(len(real), bool), np.ones(len(other), bool)]
    group = np.array([*real_groups, *other_groups], dtype=str)
    chance = np.zeros(len(group))
    seed = int(rng.integers(_LARGEST_SEED))
    folds = StratifiedGroupKFold(fold_count, shuffle=True, random_state=seed)
    for learn, judge in folds.split(features, is_other, group):
        for member in _judges(trees, seed):
            member.fit(features[learn], is_other[learn])
            chance[judge] += 0.5 * member.predict_proba(features[judge])[:, 1]
    return TwoSample(chance, is_other, group)


def _judges(trees: int, seed: int) -> tuple[object, ...]:
    return (
        make_pipeline(StandardScaler(), LogisticRegression(C=_REGULARISATION, max_iter=500)),
        ExtraTreesClassifier(trees, min_samples_leaf=2, max_features=0.1, random_state=seed, n_jobs=1),
    )


def area_under_curve(scores: np.ndarray, is_other: np.ndarray) -> float:
    """Return the area under the ROC curve (Mann and Whitney's statistic), nan where a side is empty; columns apart.

    `scores` (examples,) or (examples, columns); with columns the result is an array (columns,).
    """
    positive, negative = int(is_other.sum()), int((~is_other).sum())
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(scores, axis=0)
    area = (ranks[is_other].sum(0) - positive * (positive + 1) / 2) / (positive * negative)
    return area if scores.ndim > 1 else float(area)  # type: ignore[return-value]  # arrays for columns, as said


@dataclass(frozen=True)
class Betrayal:
    """A feature by which the other set is told from the real one: its AUC alone (below .5: lower than real), means."""

    name: str
    auc: float
    real_mean: float
    other_mean: float


def betraying_features(
    real: np.ndarray, other: np.ndarray, names: Sequence[str], count: int = 25
) -> list[Betrayal]:
    """Return the `count` features of (n, features) and (m, features) that tell the sets apart best, each by itself."""
    is_other = np.r_[np.zeros(len(real), bool), np.ones(len(other), bool)]
    area = np.asarray(area_under_curve(np.concatenate([real, other]), is_other))
    best = np.argsort(-np.abs(area - 0.5), kind="stable")[:count]
    return [
        Betrayal(
            names[place], float(area[place]), float(real[:, place].mean()), float(other[:, place].mean())
        )
        for place in best
    ]


@dataclass(frozen=True)
class MmdKernels:
    """Kernel values within and between two sets; diagonals are 0, so that nothing is compared with itself.

    For the unbiased squared maximum mean discrepancy (Gretton et al. 2012) with a Gaussian kernel whose width is the median
    distance of real descriptions, on features at the real set's mean and deviation.
    """

    real: np.ndarray
    other: np.ndarray
    between: np.ndarray

    @classmethod
    def of(cls, real: np.ndarray, other: np.ndarray) -> "MmdKernels":
        """Compare descriptions (n, features) of real music with those of another set (m, features)."""
        deviation = real.std(0)
        known = deviation > _SMALLEST_DEVIATION
        ours = np.clip((other[:, known] - real[:, known].mean(0)) / deviation[known], -5, 5)
        theirs = np.clip((real[:, known] - real[:, known].mean(0)) / deviation[known], -5, 5)
        within = _squared_distances(theirs, theirs)
        width = float(np.median(within[np.triu_indices(len(within), 1)])) or 1.0
        kernels = [
            np.exp(-distances / width)
            for distances in (within, _squared_distances(ours, ours), _squared_distances(theirs, ours))
        ]
        for square in kernels[:2]:
            np.fill_diagonal(square, 0.0)
        return cls(*kernels)

    def discrepancy(self, real_weight: np.ndarray, other_weight: np.ndarray) -> float:
        """Return the discrepancy for weights (n,) and (m,): how often each example was drawn, ones for all.

        It is nan where only one example of a side was drawn.
        """
        real, other = real_weight.astype(np.float64), other_weight.astype(np.float64)
        real_pairs, other_pairs = real.sum() ** 2 - (real**2).sum(), other.sum() ** 2 - (other**2).sum()
        if real_pairs == 0 or other_pairs == 0:
            return float("nan")
        return float(
            real @ self.real @ real / real_pairs
            + other @ self.other @ other / other_pairs
            - 2 * real @ self.between @ other / (real.sum() * other.sum())
        )


def _squared_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.asarray(np.maximum(squares, 0.0), np.float64)
