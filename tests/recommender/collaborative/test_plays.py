import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.collaborative.model import MOST_TRACKS_OF_A_LISTENER
from recommender.collaborative.plays import hold_out, play_matrix


def test_rows_of_the_same_pair_are_added_up() -> None:
    twice = play_matrix(np.array([0, 0, 0]), np.array([1, 1, 2]), np.array([1.0, 2.0, 1.0]), (1, 3))
    once = play_matrix(np.array([0, 0]), np.array([1, 2]), np.array([3.0, 1.0]), (1, 3))
    np.testing.assert_allclose(twice.toarray(), once.toarray())


def test_ten_thousand_plays_of_one_track_say_little_more_than_a_hundred() -> None:
    many = play_matrix(np.array([0, 0]), np.array([0, 1]), np.array([10_000.0, 1.0]), (1, 2)).toarray()[0]
    some = play_matrix(np.array([0, 0]), np.array([0, 1]), np.array([100.0, 1.0]), (1, 2)).toarray()[0]
    assert many[0] < 1.1 * some[0]


def test_of_a_very_long_history_what_is_played_most_is_kept() -> None:
    tracks = MOST_TRACKS_OF_A_LISTENER + 100
    matrix = play_matrix(
        np.zeros(tracks, np.int64), np.arange(tracks), np.arange(1.0, tracks + 1.0), (1, tracks)
    )
    assert set(matrix.indices) == set(range(100, tracks))


def test_next_to_no_plays_are_none() -> None:
    matrix = play_matrix(np.array([0, 0]), np.array([0, 1]), np.array([54.0, 5e-324]), (1, 2))
    assert matrix.indices.tolist() == [0]


@pytest.mark.parametrize("plays", [np.nan, np.inf, -1.0])
def test_plays_that_are_none_are_refused(plays: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        play_matrix(np.array([0]), np.array([0]), np.array([plays]), (1, 1))


@pytest.mark.parametrize(("listener", "track"), [(1, 0), (0, 5), (-1, 0)])
def test_a_play_of_what_is_not_there_is_refused(listener: int, track: int) -> None:
    with pytest.raises(ValueError, match="not there"):
        play_matrix(np.array([listener]), np.array([track]), np.ones(1), (1, 5))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.floats(0, 1e6)), max_size=60),
    st.integers(0, 2**32 - 1),
)
def test_every_listener_has_the_mean_one_and_nothing_is_both_kept_and_held_out(
    rows: list[tuple[int, int, float]], seed: int
) -> None:
    listener, track, plays = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else [np.zeros(0)] * 3
    )
    matrix = play_matrix(listener.astype(int), track.astype(int), plays.astype(float), (6, 10))
    for each in (matrix, hold_out(matrix, 0.5, np.random.default_rng(seed))[0]):
        for row in range(6):
            own = each.data[each.indptr[row] : each.indptr[row + 1]]
            assert not len(own) or own.mean() == pytest.approx(1.0)
    rest, held_out = hold_out(matrix, 0.5, np.random.default_rng(seed))
    for row, away in enumerate(held_out):
        kept = set(rest.indices[rest.indptr[row] : rest.indptr[row + 1]])
        assert not kept & set(away)
        assert kept | set(away) == set(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]])
        assert kept or not len(away)
