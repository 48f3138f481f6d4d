import numpy as np
import pytest

from generator.measures.two_sample import area_under_curve, betraying_features, tell_apart

GROUPS = [str(number) for number in range(40)]


def drawn(seed: int, count: int = 40, shift: float = 0.0) -> np.ndarray:
    """Return descriptions (count, 6) of which the third feature is shifted."""
    features = np.random.default_rng(seed).normal(size=(count, 6))
    features[:, 2] += shift
    return features


def test_two_sets_of_one_source_cannot_be_told_apart_and_a_shifted_one_can() -> None:
    rng = np.random.default_rng(0)
    alike = tell_apart(drawn(1), drawn(2), GROUPS, GROUPS, rng, trees=20)
    apart = tell_apart(drawn(1), drawn(2, shift=5.0), GROUPS, GROUPS, rng, trees=20)
    assert abs(alike.auc - 0.5) < 0.15
    assert apart.auc > 0.97


def test_what_marks_a_group_and_not_a_set_helps_no_judge() -> None:
    groups = [str(number // 4) for number in range(40)]
    marks = np.repeat(np.eye(10), 4, axis=0)
    real, other = np.hstack([drawn(1), marks]), np.hstack([drawn(2), marks])
    judged = tell_apart(real, other, groups, groups, np.random.default_rng(0), trees=20)
    assert abs(judged.auc - 0.5) < 0.2


def test_the_same_seed_judges_the_same() -> None:
    judged = [
        tell_apart(drawn(1), drawn(2), GROUPS, GROUPS, np.random.default_rng(4), trees=5).chance
        for _ in range(2)
    ]
    assert (judged[0] == judged[1]).all()


def test_a_judge_needs_two_groups_on_each_side_and_equal_descriptions() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="two groups on each side"):
        tell_apart(drawn(1), drawn(2), ["one"] * 40, GROUPS, rng)
    with pytest.raises(ValueError, match="descriptions differ"):
        tell_apart(drawn(1), drawn(2)[:, :5], GROUPS, GROUPS, rng)


def test_the_area_counts_pairs_in_order_and_ties_half() -> None:
    scores = np.array([0.1, 0.5, 0.5, 0.9])
    truth = np.array([False, False, True, True])
    assert area_under_curve(scores, truth) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert np.isnan(area_under_curve(scores, np.zeros(4, bool)))


def test_the_shifted_feature_is_named_first() -> None:
    names = ["a", "b", "shifted", "d", "e", "f"]
    first, *_ = betraying_features(drawn(1), drawn(2, shift=-3.0), names, 3)
    assert first.name == "shifted"
    assert first.auc < 0.1
    assert first.other_mean < first.real_mean
