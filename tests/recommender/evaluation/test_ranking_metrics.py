import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluation.ranking_metrics import ndcg, recall, top_places


def test_recall_and_gain_of_a_list_that_can_be_worked_out() -> None:
    listed, wanted = np.array([4, 7, 1]), np.array([1, 4, 9])
    assert recall(listed, wanted) == pytest.approx(2 / 3)
    best = 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg(listed, wanted, 3) == pytest.approx((1 + 1 / 2) / best)


def test_the_best_possible_list_has_all_the_gain() -> None:
    assert ndcg(np.array([3, 5, 0, 1]), np.array([3, 5]), 4) == pytest.approx(1.0)
    assert ndcg(np.arange(20), np.arange(50)) == pytest.approx(1.0)


def test_equal_scores_fall_to_the_lower_position_and_what_is_known_is_left_out() -> None:
    assert top_places(np.zeros(6), np.array([1]), 3).tolist() == [0, 2, 3]
    assert top_places(np.array([1.0, np.nan, 3.0]), np.zeros(0, np.int64), 3).tolist() == [2, 0, 1]
    assert top_places(np.ones(3), np.arange(3), 5).tolist() == []


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=40),
    st.sets(st.integers(0, 39)),
    st.integers(1, 45),
)
def test_the_top_places_are_those_of_a_full_sort(scores: list[float], known: set[int], places: int) -> None:
    out = {place for place in known if place < len(scores)}
    expected = sorted(
        (place for place in range(len(scores)) if place not in out), key=lambda at: (-scores[at], at)
    )
    found = top_places(np.array(scores), np.array(sorted(out), dtype=np.int64), places)
    assert found.tolist() == expected[:places]
