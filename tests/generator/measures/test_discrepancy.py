import numpy as np

from generator.measures.discrepancy import Discrepancy


def drawn(seed: int, count: int = 40, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(loc=shift, size=(count, 6))


def discrepancy(real: np.ndarray, other: np.ndarray) -> float:
    """Between examples that have nothing to do with each other."""
    groups = (
        [f"real {number}" for number in range(len(real))],
        [f"other {number}" for number in range(len(other))],
    )
    return Discrepancy.of(real, other, *groups).value(np.ones(len(real)), np.ones(len(other)))


def test_the_discrepancy_is_about_zero_for_one_source_and_grows_with_the_shift() -> None:
    none, some, much = (discrepancy(drawn(1), drawn(2, shift=shift)) for shift in (0.0, 1.0, 4.0))
    assert abs(none) < 0.02
    assert some > 0.05
    assert much > 2 * some


def test_it_is_unbiased_over_many_small_draws_of_one_source() -> None:
    found = [discrepancy(drawn(seed, 12), drawn(seed + 500, 12)) for seed in range(60)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(60)


def test_a_piece_and_what_was_made_of_it_are_not_compared() -> None:
    real, groups = drawn(1), [str(number) for number in range(40)]
    ones = np.ones(40)
    apart = Discrepancy.of(real, real, groups, groups).value(ones, ones)
    together = discrepancy(real, real)
    assert abs(apart) < 1e-9
    assert together < -0.01


def test_examples_that_are_drawn_alone_give_no_figure() -> None:
    alone = np.zeros(40)
    alone[3] = 5
    groups = [str(number) for number in range(40)]
    others = [f"other {number}" for number in range(40)]
    assert np.isnan(Discrepancy.of(drawn(1), drawn(2), groups, others).value(alone, np.ones(40)))
