import numpy as np

from recommender.collaborative.neighbours import NeighbourConfig, find_neighbours
from recommender.collaborative.plays import play_matrix
from tests.recommender.collaborative.checkerboard import checkerboard


def test_neighbours_are_of_the_same_colour_and_never_the_track_itself(rng: np.random.Generator) -> None:
    starts, tracks, weights = find_neighbours(checkerboard(20, 30, rng), NeighbourConfig())
    for track in range(30):
        near = tracks[starts[track] : starts[track + 1]]
        assert len(near) > 5
        assert not (near + track).astype(int).__mod__(2).any()
        assert track not in near
    assert (weights > 0).all()


def test_who_is_played_by_everybody_is_no_nearer_for_that() -> None:
    # Track 0 is played by all, 1 and 2 by the same two listeners.
    pairs = [(listener, 0) for listener in range(20)] + [(0, 1), (0, 2), (1, 1), (1, 2)]
    listener, track = np.array(pairs).T
    matrix = play_matrix(listener, track, np.ones(len(pairs)), (20, 3))
    starts, tracks, weights = find_neighbours(matrix, NeighbourConfig(beta=0.6))
    near = dict(zip(tracks[starts[1] : starts[2]], weights[starts[1] : starts[2]], strict=True))
    assert near[2] > near[0]


def test_only_so_many_neighbours_are_kept_and_fewer_in_a_large_house(rng: np.random.Generator) -> None:
    matrix = checkerboard(20, 30, rng)
    few = find_neighbours(matrix, NeighbourConfig(most=3))
    assert np.diff(few.starts).max() == 3
    assert len(find_neighbours(matrix, NeighbourConfig(most_of_all=60)).tracks) <= 60
