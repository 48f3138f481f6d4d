import numpy as np
import pytest

from generator.taste.domain_shift import (
    DomainShift,
    damped_shift,
    half_shift,
    mean_shift,
    no_shift,
    removed_shift,
)

PAIRS, DIMENSIONS = 60, 20


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def gap(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same content twice: apart by one constant, and along one direction that says nothing about the content."""
    content = 0.5 * rng.standard_normal((PAIRS, DIMENSIONS))
    real = content + 0.1 * rng.standard_normal((PAIRS, DIMENSIONS))
    rendered = content.copy()
    real[:, 0], rendered[:, 0] = 4.0 * rng.standard_normal((2, PAIRS))
    real[:, 1] += 6.0
    return real.astype(np.float32), rendered.astype(np.float32)


def found_first(shift: DomainShift, real: np.ndarray, rendered: np.ndarray) -> float:
    nearness = shift.queries(real) @ shift.targets(rendered).T
    return float((nearness.argmax(1) == np.arange(len(real))).mean())


def test_what_is_damped_on_some_pairs_is_found_again_on_others(rng: np.random.Generator) -> None:
    real, rendered = gap(rng)
    fitted, asked = slice(0, 40), slice(40, PAIRS)
    shares = [
        found_first(shift, real[asked], rendered[asked])
        for shift in (
            no_shift(DIMENSIONS),
            mean_shift(real[fitted], rendered[fitted]),
            removed_shift(real[fitted], rendered[fitted], 1),
            damped_shift(real[fitted], rendered[fitted], floor=0.01),
        )
    ]
    assert shares[0] < shares[1] < 0.6
    assert shares[2] == 1.0
    assert shares[3] > 0.9


def test_what_is_compared_has_length_one(rng: np.random.Generator) -> None:
    real, rendered = gap(rng)
    shift = damped_shift(real, rendered)
    for vectors in (shift.queries(real), shift.targets(rendered)):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_directions_are_damped_by_how_much_pairs_differ_along_them(rng: np.random.Generator) -> None:
    pairs = gap(rng)
    shift, gentler = damped_shift(*pairs, floor=0.01), damped_shift(*pairs)
    assert np.all(gentler.gains > shift.gains)
    assert np.all(np.diff(shift.gains) >= 0)
    assert shift.gains[0] < 0.3
    assert abs(shift.directions[0, 0]) > 0.99
    assert shift.gains[-1] > 0.95


def test_equal_pairs_are_left_as_they_are_but_for_their_mean(rng: np.random.Generator) -> None:
    real, _ = gap(rng)
    shift = damped_shift(real, real)
    np.testing.assert_allclose(shift.queries(real), unit(real - real.mean(0)), atol=1e-4)


def test_no_shift_leaves_unit_vectors_alone(rng: np.random.Generator) -> None:
    vectors = unit(rng.standard_normal((4, DIMENSIONS)))
    np.testing.assert_allclose(no_shift(DIMENSIONS).queries(vectors), vectors, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, DIMENSIONS), (3, 7)])
def test_pairs_that_do_not_match_or_are_too_few_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="two equal arrays"):
        damped_shift(np.ones((shape[0], DIMENSIONS)), np.ones(shape))


def test_half_a_shift_leaves_half_of_the_difference_of_the_means(rng: np.random.Generator) -> None:
    real = rng.normal(size=(40, DIMENSIONS)).astype(np.float32)
    rendered = real + np.float32(2.0)
    shift = half_shift(real, rendered)
    np.testing.assert_allclose(shift.rendered_mean - shift.real_mean, 1.0, atol=1e-5)
