import numpy as np
import pytest

from recommender.evaluation.paired_bootstrap import paired_difference


def test_what_is_better_for_everybody_is_surely_better(rng: np.random.Generator) -> None:
    theirs = rng.random(100)
    found = paired_difference(theirs + 0.1, theirs, rng)
    assert found.mean == pytest.approx(0.1)
    assert found.low == pytest.approx(found.high)
    assert found.chance_not_worse == 1.0


def test_what_is_as_good_by_chance_is_not_surely_better(rng: np.random.Generator) -> None:
    found = paired_difference(rng.random(400), rng.random(400), rng)
    assert found.low < 0.0 < found.high


def test_the_same_ranking_is_not_worse_than_itself(rng: np.random.Generator) -> None:
    same = rng.random(10)
    assert paired_difference(same, same, rng).chance_not_worse == 1.0


def test_nobody_and_other_listeners_are_refused(rng: np.random.Generator) -> None:
    for ours, theirs in ((np.zeros(0), np.zeros(0)), (np.zeros(2), np.zeros(3))):
        with pytest.raises(ValueError, match="same listeners"):
            paired_difference(ours, theirs, rng)
