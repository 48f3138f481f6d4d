import numpy as np
import pytest

from service.bench.ear.emotion_truth import (
    WORD_NORMS,
    pairs_in_order,
    rank_correlation,
    score_axis,
    share_inside,
)
from service.bench.intervals import GroupBootstrap


def test_the_same_order_correlates_fully_and_the_opposite_one_against() -> None:
    truth = np.array([1.0, 2.0, 3.0, 4.0])
    assert rank_correlation(truth, truth**3) == pytest.approx(1.0)
    assert rank_correlation(truth, -truth) == pytest.approx(-1.0)
    assert np.isnan(rank_correlation(truth, np.ones(4)))


def test_equal_ranks_are_shared() -> None:
    assert rank_correlation(np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(
        2 / np.sqrt(5)
    )


def test_pairs_of_equal_truth_do_not_count_and_ties_count_half() -> None:
    truth = np.array([0.0, 0.0, 1.0])
    assert pairs_in_order(truth, np.array([5.0, -5.0, 6.0])) == 1.0
    assert pairs_in_order(truth, np.array([5.0, 6.0, 6.0])) == 0.75
    assert np.isnan(pairs_in_order(np.zeros(3), truth))


def test_calm_lies_below_energetic_and_energetic_below_nothing() -> None:
    by_arousal = sorted(WORD_NORMS, key=lambda word: WORD_NORMS[word].arousal)
    assert by_arousal == ["calm", "tender", "nostalgic", "happy", "energetic"]


def test_estimates_that_follow_the_words_score_high_with_an_interval_around() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([norm.arousal for norm in WORD_NORMS.values() for _ in range(6)])
    bootstrap = GroupBootstrap([str(place) for place in range(30)], rng, 200)
    score = score_axis(truth, truth / 9 + rng.normal(0, 0.05, 30), bootstrap, 200)
    assert score.rank_correlation.value > 0.85
    assert score.rank_correlation.low is not None
    assert score.rank_correlation.high is not None
    assert score.rank_correlation.low < score.rank_correlation.value <= score.rank_correlation.high
    assert score.pairs_in_order.value > 0.9
    assert score.to_json()["pieces"] == 30
    assert abs(score_axis(truth, rng.normal(0, 1, 30), bootstrap, 200).rank_correlation.value) < 0.5


def test_errors_inside_the_stated_deviation_are_counted_without_the_zero_of_the_axis() -> None:
    truth = np.array([0.0, 1.0, 2.0, 3.0])
    assert share_inside(truth, truth + 7.0, np.full(4, 0.01)) == 1.0
    assert share_inside(truth, np.array([0.0, 1.0, 2.0, 5.0]), np.full(4, 0.6)) == 0.75
