import numpy as np
import pytest

from service.bench.generator.clusters import group_tracks
from service.errors import NotFound
from tests.service.bench.generator.bench_things import small_cluster, told_track


def test_the_largest_folders_are_clusters() -> None:
    sizes = {"a": 4, "b": 6, "c": 5, "small": 3}
    tracks = [told_track(f"{name}/{number}.ogg") for name, size in sizes.items() for number in range(size)]
    assert {name: len(some) for name, some in group_tracks(tracks, 2).items()} == {"b": 6, "c": 5}


def test_genres_are_clusters_where_there_is_one_folder() -> None:
    tracks = [told_track(f"all/{number}.ogg", ("Jazz", "Rock")[number % 2]) for number in range(8)]
    assert set(group_tracks(tracks, 10)) == {"jazz", "rock"}


def test_tracks_that_lie_together_without_genres_are_no_clusters() -> None:
    with pytest.raises(NotFound, match="two sub-folders or genres"):
        group_tracks([told_track(f"all/{number}.ogg") for number in range(9)], 10)


def test_no_track_both_asks_and_judges() -> None:
    cluster = small_cluster("waltzes", 1, tracks=9)
    assert len(cluster.asking) == 5
    assert sorted([*cluster.asking, *cluster.judging]) == list(range(9))


def test_a_taste_is_told_medoid_first() -> None:
    cluster = small_cluster("waltzes", 1, tracks=9)
    taste = cluster.taste()
    np.testing.assert_array_equal(taste.vectors[0], cluster.heard[cluster.asking[0]].vector)
    assert (np.diff(taste.vectors @ taste.vectors[0]) <= 1e-6).all()
    assert taste.is_major.all()
    assert taste.valence == pytest.approx(0.3)
