import numpy as np
import pytest

from recommender.twins import find_twins


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_what_sounds_the_same_and_lasts_as_long_is_found(rng: np.random.Generator) -> None:
    vectors = unit(rng.normal(size=(2_000, 24)))
    seconds = rng.uniform(60.0, 600.0, size=2_000)
    # a copy, a copy cut short by a tenth, something else of the same length
    vectors[700] = unit(vectors[[3]] + 0.02 * rng.normal(size=(1, 24)))[0]
    vectors[1_500] = vectors[4]
    seconds[[700, 1_500, 9]] = seconds[3] * 1.015, seconds[4] * 0.9, seconds[5]

    (found,) = find_twins(vectors, seconds)

    assert {found.first, found.second} == {3, 700}
    assert found.cosine == pytest.approx(float(vectors[3] @ vectors[700]), abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.019, 0.021])
def test_lengths_lie_within_a_fiftieth(share: float) -> None:
    vectors = unit(np.ones((2, 8)))
    found = find_twins(vectors, np.array([200.0 * (1 + share), 200.0]))
    assert len(found) == (share < 0.02)


def test_the_closest_come_first_and_no_more_than_asked_for(rng: np.random.Generator) -> None:
    vectors = unit(np.ones((1_200, 24)) + 0.01 * rng.normal(size=(1_200, 24)))
    found = find_twins(vectors, np.full(1_200, 100.0), most=40)
    cosines = [each.cosine for each in found]
    assert cosines == sorted(cosines, reverse=True)
    assert len(cosines) == 40
    alike = vectors @ vectors.T
    assert cosines[0] == pytest.approx(float(alike[np.triu_indices(1_200, 1)].max()), abs=1e-6)


def test_of_nothing_nothing_is_found() -> None:
    assert find_twins(np.zeros((0, 24), np.float32), np.zeros(0)) == []


def test_thousands_of_one_sound_cost_no_more_than_what_is_told_of_them() -> None:
    found = find_twins(unit(np.ones((3_000, 8))), np.full(3_000, 100.0), most=5)
    assert len(found) == 5
    assert {each.cosine for each in found} == {found[0].cosine}
