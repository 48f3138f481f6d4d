import numpy as np
import pytest

from recommender.collaborative.tastes import joined, take_apart
from tests.recommender.blobs import blob


@pytest.fixture
def three(rng: np.random.Generator) -> np.ndarray:
    """Ten tracks around each of three axes."""
    return np.concatenate([blob(axis, 10, rng, spread=0.15) for axis in range(3)])


def test_tracks_around_three_places_are_three_tastes_that_lie_apart(three: np.ndarray) -> None:
    taste, apart = take_apart(three, np.ones(30))
    assert apart == 1.0
    groups = taste.reshape(3, 10)
    assert (groups == groups[:, :1]).all()
    assert len(set(groups[:, 0].tolist())) == 3


def test_how_long_vectors_are_says_nothing_of_the_taste(three: np.ndarray, rng: np.random.Generator) -> None:
    lengths = rng.uniform(0.1, 10.0, size=(30, 1)).astype(np.float32)
    assert (take_apart(three * lengths, np.ones(30)).taste == take_apart(three, np.ones(30)).taste).all()


def test_tracks_around_one_place_do_not_lie_apart(rng: np.random.Generator) -> None:
    assert take_apart(blob(0, 30, rng, spread=0.15), np.ones(30)).apart == 0.0


def test_a_few_tracks_are_one_taste(three: np.ndarray) -> None:
    taste, apart = take_apart(three[[0, 1, 2, 3, 10, 11, 12, 13, 14]], np.ones(9))
    assert (taste.tolist(), apart) == ([0] * 9, 0.0)


def test_two_stray_tracks_are_no_taste_of_their_own(three: np.ndarray) -> None:
    taste, _ = take_apart(three[[*range(20), 20, 21]], np.ones(22))
    assert len(set(taste.tolist())) == 2


def test_no_more_tastes_are_made_than_asked_for(three: np.ndarray) -> None:
    assert len(set(take_apart(three, np.ones(30), most=2).taste.tolist())) == 2
    assert take_apart(three, np.ones(30), most=1).apart == 0.0


@pytest.mark.parametrize("vector", [[0.0, 0.0, 0.0], [0.6, 0.8, 0.0]])
def test_tracks_that_are_all_the_same_are_one_taste(vector: list[float]) -> None:
    taste, apart = take_apart(np.tile(np.array(vector, np.float32), (20, 1)), np.ones(20))
    assert (taste.tolist(), apart) == ([0] * 20, 0.0)


def test_who_is_near_to_one_taste_is_near_and_who_is_near_to_two_is_nearer() -> None:
    nearness = np.array([[9.0, 9.0, 9.0, 9.0], [3.0, 3.0, 0.0, 3.0], [0.0, 4.0, 0.0, -4.0]], np.float32)
    assert joined(nearness, 1.0).tolist() == [3.0, 5.0, 0.0, 3.0]
    assert joined(nearness, 0.5).tolist() == [6.0, 7.0, 4.5, 6.0]
    assert joined(nearness, 0.0).tolist() == [9.0] * 4
    assert joined(nearness[:1], 0.0).tolist() == [9.0] * 4
