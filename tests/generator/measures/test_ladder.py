import numpy as np
import pytest

from generator.measures.ladder import RUNGS, ladder_order


def test_a_measure_that_falls_rung_by_rung_is_admitted() -> None:
    order = ladder_order({rung: np.full(10, float(place)) for place, rung in enumerate(RUNGS)})
    assert order.kept == 1.0
    assert order.admitted
    assert set(order.pairs) >= {"real<markov", "jittered<shuffled"}
    assert len(order.pairs) == 10


def test_a_measure_with_one_rung_out_of_place_is_not_admitted_but_may_tell_all_from_real() -> None:
    badness = {rung: np.full(10, float(place)) for place, rung in enumerate(RUNGS)}
    badness["shuffled"] = np.full(10, 0.5)
    order = ladder_order(badness)
    assert order.pairs["row_swapped<shuffled"] == 0.0
    assert order.kept == pytest.approx(0.8)
    assert not order.admitted
    assert order.tells_from_real


def test_a_measure_that_says_the_same_of_all_orders_nothing() -> None:
    assert ladder_order({rung: np.zeros(5) for rung in RUNGS}).kept == 0.0


def test_a_missing_rung_is_named() -> None:
    with pytest.raises(ValueError, match="the ladder lacks markov"):
        ladder_order({rung: np.zeros(2) for rung in RUNGS[:-1]})
