from dataclasses import replace

import numpy as np
import pytest

from recommender.collaborative.factors import FactorConfig
from recommender.collaborative.fitting import CollaborativeConfig, fit_collaborative, tune
from recommender.collaborative.model import CollaborativeModel
from recommender.collaborative.plays import play_matrix
from recommender.collaborative.tastes import joined
from tests.recommender.collaborative.checkerboard import checkerboard, names, row_of

SMALL = CollaborativeConfig(factors=FactorConfig(dimensions=8, sweeps=4))
TRACKS = 60


@pytest.fixture
def sounds(rng: np.random.Generator) -> np.ndarray:
    """Even tracks sound one way, odd ones another."""
    vectors = rng.normal(scale=0.1, size=(TRACKS, 4))
    vectors[np.arange(TRACKS), np.arange(TRACKS) % 2] += 1.0
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def model(sounds: np.ndarray, rng: np.random.Generator) -> CollaborativeModel:
    return fit_collaborative(names(TRACKS), checkerboard(30, TRACKS, rng), SMALL, rng, sounds)


def even_listener(model: CollaborativeModel) -> np.ndarray:
    affinity = model.affinity(np.arange(0, 20, 2, dtype=np.int64), np.ones(10))
    assert affinity is not None
    return affinity.values


def test_who_plays_even_tracks_is_near_to_all_even_tracks(model: CollaborativeModel) -> None:
    values = even_listener(model)
    assert values[::2].min() > values[1::2].max()


def test_a_track_that_nobody_played_has_its_place_by_how_it_sounds(
    model: CollaborativeModel, sounds: np.ndarray
) -> None:
    affinity = model.affinity(np.arange(0, 20, 2, dtype=np.int64), np.ones(10))
    assert affinity is not None
    new = model.affinity_of(affinity, ["new even", "new odd"], sounds[:2])
    assert new[0] > new[1]
    known = model.affinity_of(affinity, ["t004"], sounds[:1])
    assert known[0] == affinity.values[4]


def test_sounds_of_another_encoder_give_a_new_track_no_place(model: CollaborativeModel) -> None:
    affinity = model.affinity(np.arange(0, 20, 2, dtype=np.int64), np.ones(10))
    assert affinity is not None
    assert model.affinity_of(affinity, ["new"], np.ones((1, 7), np.float32)).tolist() == [0.0]


def test_a_listener_of_whom_nothing_is_known_is_near_to_nothing(model: CollaborativeModel) -> None:
    assert model.affinity(np.array([-1, -1]), np.ones(2)) is None
    assert model.affinity(np.zeros(0, np.int64), np.zeros(0)) is None
    assert model.affinity(np.array([3]), np.zeros(1)) is None


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1.0])
def test_a_weight_that_is_none_is_refused(weight: float, model: CollaborativeModel) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        model.affinity(np.array([1]), np.array([weight]))


def test_the_nearest_leave_out_what_is_known_and_come_best_first(model: CollaborativeModel) -> None:
    affinity = model.affinity(np.array([0, 2, -1]), np.ones(3))
    assert affinity is not None
    nearest = model.nearest(affinity, 10)
    assert len(nearest) == 10
    assert not {"t000", "t002"} & set(nearest)
    values = [affinity.values[int(name[1:])] for name in nearest]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= np.sort(np.delete(affinity.values, [0, 2]))[-10]
    assert len(model.nearest(affinity, 500)) == TRACKS - 2


def test_what_is_nearest_to_a_track_is_of_its_colour_and_not_heard(model: CollaborativeModel) -> None:
    affinity = model.affinity(np.array([0, 2]), np.ones(2))
    assert affinity is not None
    near = model.nearest_to(np.array([5, -1]), affinity, 8)
    assert len(near) == 8
    assert all(int(name[1:]) % 2 == 1 for name in near)
    assert not {"t000", "t002"} & set(model.nearest_to(np.array([4]), affinity, 60))
    assert model.nearest_to(np.array([-1]), affinity, 8) == []


def test_a_model_is_trusted_the_more_listeners_it_knows(model: CollaborativeModel) -> None:
    assert model.trust == pytest.approx(30 / 80)


def test_the_same_seed_gives_the_same_model_and_weight(rng: np.random.Generator) -> None:
    matrix = checkerboard(30, TRACKS, rng)
    first, again = (
        fit_collaborative(
            names(TRACKS),
            matrix,
            tune(names(TRACKS), matrix, SMALL, np.random.default_rng(2)),
            np.random.default_rng(2),
        )
        for _ in range(2)
    )
    assert first.neighbour_weight == again.neighbour_weight
    np.testing.assert_array_equal(even_listener(first), even_listener(again))


def test_folding_in_finds_what_a_listener_of_the_fit_would_be_shown(
    model: CollaborativeModel, rng: np.random.Generator
) -> None:
    positions, weights = row_of(checkerboard(2, TRACKS, rng), 1)
    affinity = model.affinity(positions, weights)
    assert affinity is not None
    assert affinity.values[1::2].min() > affinity.values[::2].max()


@pytest.fixture
def thirds(rng: np.random.Generator) -> tuple[CollaborativeModel, np.ndarray]:
    """A house in which each plays every third track only, and three sounds, of which track n has the one n % 3."""
    same = np.equal.outer(np.arange(60) % 3, np.arange(TRACKS) % 3)
    listener, track = np.nonzero(same & (rng.random(same.shape) < 0.6))
    matrix = play_matrix(listener, track, np.ones(len(listener)), same.shape)
    sounds = np.eye(4, dtype=np.float32)[np.arange(TRACKS) % 3]
    return fit_collaborative(names(TRACKS), matrix, SMALL, rng, sounds), sounds


# Of the first third ten tracks, of the second seven.
TWO_THIRDS = np.concatenate([np.arange(0, 30, 3), np.arange(1, 22, 3)])


def test_two_people_in_one_account_are_near_to_what_either_would_be(
    thirds: tuple[CollaborativeModel, np.ndarray],
) -> None:
    model, sounds = thirds
    affinity = model.affinity(TWO_THIRDS, np.ones(17))
    assert affinity is not None
    assert affinity.apart > 0.9
    assert len(affinity.vectors) >= 3, "by all plays, and by each taste"
    assert min(affinity.values[0::3].min(), affinity.values[1::3].min()) > affinity.values[2::3].max()
    first, second, third = model.affinity_of(affinity, ["new 0", "new 1", "new 2"], sounds[:3])
    assert min(first, second) > third


def test_how_near_a_track_is_follows_from_what_each_taste_says(
    thirds: tuple[CollaborativeModel, np.ndarray],
) -> None:
    model = replace(thirds[0], neighbour_weight=0.0)
    affinity = model.affinity(TWO_THIRDS, np.ones(17))
    at_once = replace(model, most_tastes=1).affinity(TWO_THIRDS, np.ones(17))
    assert affinity is not None
    assert at_once is not None
    said = joined(affinity.vectors.astype(np.float32) @ model.vectors.T, affinity.apart)
    np.testing.assert_allclose(affinity.values, (said - said.mean()) / said.std(), atol=1e-3)
    assert np.abs(affinity.values - at_once.values).max() > 0.05


def test_one_taste_is_folded_in_at_once(model: CollaborativeModel) -> None:
    affinity = model.affinity(np.arange(0, 40, 2, dtype=np.int64), np.ones(20))
    at_once = replace(model, most_tastes=1).affinity(np.arange(0, 40, 2, dtype=np.int64), np.ones(20))
    assert affinity is not None
    assert at_once is not None
    assert affinity.apart == 0.0
    np.testing.assert_array_equal(affinity.values, at_once.values)


def test_weights_of_the_neighbours_are_asked_for_together_as_one_by_one(model: CollaborativeModel) -> None:
    positions, weights = np.arange(0, 20, 2, dtype=np.int64), np.ones(10)
    together = model.affinities(positions, weights, (0.0, 2.0))
    assert together is not None
    for weight, found in zip((0.0, 2.0), together, strict=True):
        alone = replace(model, neighbour_weight=weight).affinity(positions, weights)
        assert alone is not None
        np.testing.assert_array_equal(found.values, alone.values)


def test_two_listeners_are_the_fewest_and_ids_ascend(rng: np.random.Generator) -> None:
    one = play_matrix(np.zeros(3, np.int64), np.arange(3), np.ones(3), (4, 3))
    with pytest.raises(ValueError, match="two listeners"):
        fit_collaborative(names(3), one, SMALL, rng)
    assert tune(names(3), one, SMALL, rng) == SMALL
    with pytest.raises(ValueError, match="ascending"):
        fit_collaborative(("b", "a"), checkerboard(4, 2, rng), SMALL, rng)
