import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.posterior import Evidence, draw_weights, fit_posterior, log_odds, sigmoid

PRIOR = np.full(3, 4.0)


def evidence(features: np.ndarray, liked: list[float], counts: list[float] | None = None) -> Evidence:
    rows = len(liked)
    return Evidence(
        np.asarray(features, dtype=np.float64),
        np.array(liked, dtype=np.float64),
        np.ones(rows) if counts is None else np.array(counts, dtype=np.float64),
        np.zeros(rows),
    )


def test_without_evidence_the_posterior_is_the_prior() -> None:
    posterior = fit_posterior(evidence(np.zeros((0, 3)), []), PRIOR)
    assert posterior.mean.tolist() == [0, 0, 0]
    assert posterior.precision.tolist() == PRIOR.tolist()


def test_one_weight_is_where_the_slope_of_the_log_posterior_is_nought() -> None:
    posterior = fit_posterior(evidence(np.array([[2.0]]), [1.0]), np.array([4.0]))
    (weight,) = posterior.mean
    assert 2.0 * (1.0 - sigmoid(np.array([2.0 * weight]))[0]) == pytest.approx(4.0 * weight)
    chance = sigmoid(np.array([2.0 * weight]))[0]
    assert posterior.precision[0] == pytest.approx(4.0 + 4.0 * chance * (1.0 - chance))


def test_what_is_liked_again_and_again_is_told_from_what_is_not(rng: np.random.Generator) -> None:
    features = rng.normal(size=(400, 3))
    truth = np.array([2.0, 0.0, -1.0])
    liked = (rng.random(400) < sigmoid(features @ truth)).astype(float)
    posterior = fit_posterior(evidence(features, liked.tolist()), np.full(3, 0.1))
    assert posterior.mean == pytest.approx(truth, abs=0.6)
    assert (posterior.precision > 20).all()


def test_what_is_known_beforehand_is_not_learnt_again() -> None:
    surely = Evidence(np.ones((1, 1)), np.ones(1), np.ones(1), np.full(1, 5.0))
    surprising = surely._replace(prior_log_odds=np.full(1, -5.0))
    one = np.ones(1)
    assert fit_posterior(surely, one).mean[0] < 0.01
    assert fit_posterior(surprising, one).mean[0] > 0.5


def test_evidence_that_counts_half_moves_the_weights_less() -> None:
    features = np.array([[1.0]])
    whole, half = (
        fit_posterior(evidence(features, [0.0], [count]), np.ones(1)).mean[0] for count in (1.0, 0.5)
    )
    assert whole < half < 0


def test_a_draw_of_the_same_numbers_moves_by_what_was_learnt_alone(rng: np.random.Generator) -> None:
    numbers = rng.standard_normal(3)
    before = fit_posterior(evidence(np.zeros((0, 3)), []), PRIOR)
    after = fit_posterior(evidence(np.array([[1.0, 0, 0]]), [0.0]), PRIOR)
    moved = draw_weights(after, numbers) - draw_weights(before, numbers)
    assert moved[1:].tolist() == [0, 0]
    assert moved[0] < 0 or numbers[0] < 0
    assert draw_weights(after, numbers, 0.0).tolist() == after.mean.tolist()


@given(
    arrays(np.float64, (6, 3), elements=st.floats(-50, 50)),
    arrays(np.float64, 6, elements=st.sampled_from([0.0, 1.0])),
    arrays(np.float64, 6, elements=st.floats(-20, 20)),
)
def test_any_evidence_gives_finite_weights_and_never_less_certainty(
    features: np.ndarray, liked: np.ndarray, odds: np.ndarray
) -> None:
    posterior = fit_posterior(Evidence(features, liked, np.ones(6), odds), PRIOR)
    assert np.isfinite(posterior.mean).all()
    assert (posterior.precision >= PRIOR).all()


def test_log_odds_and_chances_are_each_others_inverse() -> None:
    chances = np.array([0.01, 0.5, 0.9])
    assert sigmoid(log_odds(chances)) == pytest.approx(chances)
