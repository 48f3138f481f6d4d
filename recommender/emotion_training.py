"""Fitting how much each piece of evidence weighs, to what people have said of music."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.stats import rankdata

from recommender.emotion import measured_evidence
from recommender.emotion_evidence import (
    CONTRASTS,
    EVIDENCE,
    FARTHEST,
    MOOD_TAGS,
    mood_log_odds,
    tag_contrasts,
)
from recommender.features import Features

Floats = NDArray[np.float64]

SHRINKAGES = (3.0, 10.0, 30.0, 100.0, 300.0)
SMALLEST_SHARE = 0.33  # of an equal weight: what is known to matter keeps a say
FOLDS = 8
_SMALLEST_SPREAD = 1e-3


@dataclass(frozen=True, eq=False)
class HeardExample:
    """One piece of music and what people say of it: valence and arousal in [-1, 1], None where nobody does.

    Examples of one `collection` are compared with each other alone; those of one `group` (a package, a work) are never
    both fitted and judged.
    """

    collection: str
    group: str
    tags: np.ndarray
    features: Features
    valence: float | None
    arousal: float | None


def fit_emotion(
    usual: list[HeardExample], labelled: list[HeardExample], rng: np.random.Generator
) -> dict[str, object]:
    """What `emotion_evidence.read_weights` reads, fitted, with what was measured on the way under "metrics".

    `usual` music, labelled or not, gives the middle and the spread of everything; `labelled` gives the weights. They are
    those of ridge regression that shrinks to `expected_weights` instead of to none (R. Dawes, "The robust beauty of
    improper linear models", American Psychologist 34, 1979) and takes none below a third of those. How far they shrink is
    chosen by cross-validation over groups: as far as costs less than one standard error (T. Hastie et al., "The elements
    of statistical learning", 7.10). Its errors, in the collection where they are largest, give the noise. Raises
    ValueError when an axis has fewer than 20 labels.
    """
    odds = mood_log_odds(np.stack([example.tags for example in usual]))
    tag_middle, tag_spread = (
        odds.mean(axis=0),
        np.maximum(odds.std(axis=0), _SMALLEST_SPREAD),
    )
    axes: dict[str, object] = {}
    metrics: dict[str, object] = {}
    for name, quantities in EVIDENCE.items():
        of_usual = _evidence(usual, quantities, tag_middle, tag_spread)
        middle = of_usual.mean(axis=0)
        spread = np.maximum(of_usual.std(axis=0), _SMALLEST_SPREAD)
        told = [example for example in labelled if getattr(example, name) is not None]
        if len(told) < 20:
            raise ValueError(f"{name} is told of {len(told)} pieces only")
        found = (_evidence(told, quantities, tag_middle, tag_spread) - middle) / spread
        fitted = _fit_axis(
            _Told(
                np.clip(found, -FARTHEST, FARTHEST),
                np.array([float(getattr(example, name)) for example in told]),
                np.array([example.collection for example in told]),
                np.array([f"{example.collection}/{example.group}" for example in told]),
            ),
            expected_weights(quantities),
            rng,
        )
        axes[name] = {
            "evidence": list(quantities),
            "middle": _rounded(middle),
            "spread": _rounded(spread),
            "weight": _rounded(fitted.weight),
            "covariance": [_rounded(row) for row in fitted.covariance],
            "noise": round(fitted.noise, 4),
        }
        metrics[name] = fitted.metrics
    return {
        "mood_tags": list(MOOD_TAGS),
        "tag_middle": _rounded(tag_middle),
        "tag_spread": _rounded(tag_spread),
        "axes": axes,
        "metrics": metrics,
    }


def expected_weights(quantities: tuple[str, ...]) -> Floats:
    """Weights (k,) before anything is fitted: what networks heard people's words in has half a say, measurements the other."""
    are_words = np.array([quantity in CONTRASTS for quantity in quantities])
    weights: Floats = np.where(are_words, 0.5 / are_words.sum(), 0.5 / (~are_words).sum())
    return weights


@dataclass(frozen=True, eq=False)
class _Told:
    evidence: Floats
    truth: Floats
    collection: NDArray[np.str_]
    group: NDArray[np.str_]

    def part(self, chosen: NDArray[np.bool_]) -> "_Told":
        return _Told(
            self.evidence[chosen],
            self.truth[chosen],
            self.collection[chosen],
            self.group[chosen],
        )

    def centred(self) -> tuple[Floats, Floats]:
        """Evidence and truth, each less its mean in its collection: collections differ in more than emotion."""
        evidence, truth = self.evidence.copy(), self.truth.copy()
        for name in np.unique(self.collection):
            of_it = self.collection == name
            evidence[of_it] -= evidence[of_it].mean(axis=0)
            truth[of_it] -= truth[of_it].mean()
        return evidence, truth


@dataclass(frozen=True, eq=False)
class _FittedAxis:
    weight: Floats
    covariance: Floats
    noise: float
    metrics: dict[str, object]


def _fit_axis(told: _Told, expected: Floats, rng: np.random.Generator) -> _FittedAxis:
    evidence, truth = told.centred()
    groups = np.unique(told.group)
    fold_of_group = dict(zip(groups, rng.permutation(len(groups)) % min(FOLDS, len(groups)), strict=True))
    folds = np.array([fold_of_group[group] for group in told.group])
    unseen = {
        shrinkage: _predicted_unseen(told, evidence, folds, expected, shrinkage) for shrinkage in SHRINKAGES
    }
    squares = {shrinkage: (truth - values) ** 2 for shrinkage, values in unseen.items()}
    least = min(squares.values(), key=lambda errors: float(errors.mean()))
    enough = float(least.mean()) + float(least.std()) / len(least) ** 0.5
    best = max(shrinkage for shrinkage, errors in squares.items() if errors.mean() <= enough)
    weight = _weights(evidence, truth, expected, best)
    # the worst told collection: of other music the estimate knows no more
    noise = max(
        float(np.sqrt(squares[best][told.collection == name].mean())) for name in np.unique(told.collection)
    )
    precision = evidence.T @ evidence + best * np.eye(evidence.shape[1])
    covariance = np.asarray(noise**2 * np.linalg.inv(precision), np.float64)
    inside = np.abs(truth - unseen[best]) <= noise
    return _FittedAxis(
        weight=weight,
        covariance=covariance,
        noise=noise,
        metrics={
            "shrinkage": best,
            "error_without_evidence": round(float(truth.std()), 4),
            "error_unseen": round(float(np.sqrt(squares[best].mean())), 4),
            "inside_one_deviation": round(float(inside.mean()), 3),
            "collections": {
                str(name): {
                    "pieces": int((told.collection == name).sum()),
                    "rank_correlation_unseen": round(
                        _rank_correlation(
                            truth[told.collection == name],
                            unseen[best][told.collection == name],
                        ),
                        3,
                    ),
                }
                for name in np.unique(told.collection)
            },
        },
    )


def _predicted_unseen(
    told: _Told,
    evidence: Floats,
    folds: NDArray[np.int64],
    expected: Floats,
    shrinkage: float,
) -> Floats:
    predicted = np.zeros(len(folds))
    for fold in np.unique(folds):
        weight = _weights(*told.part(folds != fold).centred(), expected, shrinkage)
        predicted[folds == fold] = evidence[folds == fold] @ weight
    return predicted


def _weights(evidence: Floats, truth: Floats, expected: Floats, shrinkage: float) -> Floats:
    """min |truth - evidence w|^2 + shrinkage |w - f e|^2 over w >= f e / 3, f being what fits the expected weights e best."""
    together = evidence @ expected
    factor = max(0.0, float(together @ truth) / max(float(together @ together), 1e-9))
    prior, least = factor * expected, SMALLEST_SHARE * factor * expected
    rows = np.sqrt(shrinkage) * np.eye(evidence.shape[1])
    wanted = np.concatenate([truth - evidence @ least, rows @ (prior - least)])
    more: Floats = nnls(np.concatenate([evidence, rows]), wanted)[0]
    return least + more


def _evidence(
    examples: list[HeardExample],
    quantities: tuple[str, ...],
    tag_middle: Floats,
    tag_spread: Floats,
) -> Floats:
    contrasts = tag_contrasts(
        mood_log_odds(np.stack([example.tags for example in examples])),
        tag_middle,
        tag_spread,
    )
    measured = [measured_evidence(example.features) for example in examples]
    columns = [
        contrasts[quantity] if quantity in contrasts else np.array([each[quantity] for each in measured])
        for quantity in quantities
    ]
    return np.stack(columns, axis=1)


def _rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's, 0 where one side is constant."""
    ranks = [rankdata(side) for side in (left, right)]
    if min(side.std() for side in ranks) <= 0.0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
