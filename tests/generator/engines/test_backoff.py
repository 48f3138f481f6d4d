import numpy as np
import pytest

from generator.engines.backoff import BackOff

NO_FACTS = np.zeros((1000, 0), np.int64)


def histories(symbol: np.ndarray, order: int) -> np.ndarray:
    padded = np.r_[np.full(order, -1), symbol]
    return np.lib.stride_tricks.sliding_window_view(padded, order)[: len(symbol)]


def test_a_fair_coin_costs_one_bit() -> None:
    heads = np.arange(1000) % 2
    none = np.zeros((1000, 0), np.int64)
    coin = BackOff(NO_FACTS, none, heads, 2)
    assert coin.bits(NO_FACTS, none, heads) == pytest.approx(np.ones(1000))


def test_what_always_follows_costs_next_to_nothing_once_the_history_is_seen() -> None:
    cycle = np.arange(1000) % 5
    known = BackOff(NO_FACTS, histories(cycle, 1), cycle, 5)
    blind = BackOff(NO_FACTS, np.zeros((1000, 0), np.int64), cycle, 5)
    assert known.bits(NO_FACTS, histories(cycle, 1), cycle)[1:].max() < 0.02
    assert blind.bits(NO_FACTS, np.zeros((1000, 0), np.int64), cycle) == pytest.approx(
        np.full(1000, np.log2(5)), abs=0.01
    )


def test_the_chances_of_all_symbols_make_one_even_after_a_history_never_seen() -> None:
    symbol = np.random.default_rng(0).integers(0, 4, 1000)
    model = BackOff(NO_FACTS, histories(symbol, 3), symbol, 6)
    for history in ([1, 2, 3], [5, 5, 5]):
        bits = model.bits(NO_FACTS[:6], np.tile(history, (6, 1)), np.arange(6))
        assert (2.0**-bits).sum() == pytest.approx(1.0)
        assert np.isfinite(bits).all()


def test_facts_outlive_the_history() -> None:
    facts = (np.arange(1000) % 2)[:, None]
    model = BackOff(facts, np.arange(1000)[:, None] + 7, facts[:, 0] + 10, 40)
    rng = np.random.default_rng(0)
    drawn = [model.draw(np.array([1]), np.array([-5]), rng) for _ in range(20)]
    assert set(drawn) == {11}
