"""What a listener's thumbs say of music they were not put on: a Bayesian logistic regression with a diagonal posterior.

After O. Chapelle and L. Li, "An empirical evaluation of Thompson sampling" (NIPS 2011), algorithm 3: the weights' mode, with
Laplace's approximation of its precision. It is fitted to all evidence in force at once and remembers nothing, so that evidence
which is taken back leaves no trace.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_NEWTON_STEPS = 12
_SMALL_STEP = 1e-6
_LOG_ODDS_AT_MOST = 30.0


class Evidence(NamedTuple):
    """What was thought of some tracks.

    features: float64 (n, d); liked: float64 (n,), 1 or 0; counts: float64 (n,), how much each says, 1 for a thumb;
    prior_log_odds: float64 (n,), of being liked as far as was known without this listener.
    """

    features: NDArray[np.float64]
    liked: NDArray[np.float64]
    counts: NDArray[np.float64]
    prior_log_odds: NDArray[np.float64]


class Posterior(NamedTuple):
    """Independent normal weights: mean and precision, float64 (d,)."""

    mean: NDArray[np.float64]
    precision: NDArray[np.float64]

    def without_level(self) -> "Posterior":
        """The weights of directions alone, where the features were `with_level`."""
        return Posterior(self.mean[1:], self.precision[1:])


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of log odds, which are cut where nothing larger can be told from certainty."""
    cut = np.clip(log_odds, -_LOG_ODDS_AT_MOST, _LOG_ODDS_AT_MOST)
    chance: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-cut))
    return chance


def log_odds(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `sigmoid` for chances between 0 and 1, both left out."""
    odds: NDArray[np.float64] = np.log(chance / (1.0 - chance))
    return odds


def with_level(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """The features (n, d) with a one before them, (n, 1 + d), for how readily anything is liked: no choice depends on it."""
    return np.column_stack([np.ones(len(features)), features])


def fit_posterior(evidence: Evidence, prior_precision: NDArray[np.float64]) -> Posterior:
    """The posterior of the weights under a normal prior of mean 0 and this precision, float64 (d,), above 0.

    Without evidence it is the prior. Newton's method on a concave objective; a step that overshoots is halved.
    """
    weights = np.zeros(len(prior_precision))
    gained = _log_posterior(weights, evidence, prior_precision)
    for _ in range(_NEWTON_STEPS):
        chance = sigmoid(evidence.prior_log_odds + evidence.features @ weights)
        slope = (
            evidence.features.T @ (evidence.counts * (evidence.liked - chance)) - prior_precision * weights
        )
        curved = evidence.counts * chance * (1.0 - chance)
        curvature = (evidence.features.T * curved) @ evidence.features + np.diag(prior_precision)
        step = np.linalg.solve(curvature, slope)
        while (reached := _log_posterior(weights + step, evidence, prior_precision)) < gained:
            step = step / 2.0
            if float(np.abs(step).max(initial=0.0)) < _SMALL_STEP:
                break
        weights, gained = weights + step, reached
        if float(np.abs(step).max(initial=0.0)) < _SMALL_STEP:
            break
    chance = sigmoid(evidence.prior_log_odds + evidence.features @ weights)
    seen = (evidence.counts * chance * (1.0 - chance)) @ evidence.features**2
    return Posterior(weights, prior_precision + seen)


def draw_weights(
    posterior: Posterior, standard_normal: NDArray[np.float64], spread: float = 1.0
) -> NDArray[np.float64]:
    """Thompson's draw: weights that may be true, from normal numbers (d,) of the caller's.

    ``spread`` scales the deviations: below 1 explores less. The same numbers under another posterior give a draw that
    differs by what was learnt alone.
    """
    drawn: NDArray[np.float64] = posterior.mean + spread * standard_normal / np.sqrt(posterior.precision)
    return drawn


def _log_posterior(
    weights: NDArray[np.float64], evidence: Evidence, prior_precision: NDArray[np.float64]
) -> float:
    odds = evidence.prior_log_odds + evidence.features @ weights
    likelihood = evidence.counts * (evidence.liked * odds - np.logaddexp(0.0, odds))
    return float(likelihood.sum() - 0.5 * (prior_precision * weights**2).sum())
