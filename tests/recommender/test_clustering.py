import numpy as np
import pytest

from recommender.clustering import (
    ClusteringConfig,
    TasteTracks,
    cluster_taste,
    match_clusters,
    weighted_centroid,
)
from tests.recommender.blobs import blob, heard

NOTHING_HEARD = heard([])


def tracks_of(*blobs: np.ndarray, weights: np.ndarray | None = None) -> TasteTracks:
    vectors = np.concatenate(blobs)
    count = len(vectors)
    return TasteTracks(
        tuple(f"t{index:03}" for index in range(count)),
        vectors,
        np.ones(count) if weights is None else weights,
        np.repeat(np.linspace(-0.5, 0.5, len(blobs)), [len(each) for each in blobs]),
        np.zeros(count),
    )


def test_two_well_separated_blobs_give_two_clusters(rng: np.random.Generator) -> None:
    first, second = cluster_taste(tracks_of(blob(0, 14, rng), blob(3, 6, rng)), NOTHING_HEARD)
    assert sorted(first.members) == list(range(14))
    assert sorted(second.members) == list(range(14, 20))
    assert (first.share, second.share) == pytest.approx((0.7, 0.3))
    assert first.centroid[0] > 0.95
    assert second.centroid[3] > 0.95
    assert (first.valence, second.valence) == pytest.approx((-0.5, 0.5))
    assert first.valence_spread == pytest.approx(0)


def test_one_blob_gives_one_cluster(rng: np.random.Generator) -> None:
    assert len(cluster_taste(tracks_of(blob(2, 60, rng, spread=0.05)), NOTHING_HEARD)) == 1


def test_there_are_never_more_than_six_clusters(rng: np.random.Generator) -> None:
    clusters = cluster_taste(tracks_of(*(blob(axis, 8, rng) for axis in range(10))), NOTHING_HEARD)
    assert 2 <= len(clusters) <= 6
    assert sorted(member for cluster in clusters for member in cluster.members) == list(range(80))


def test_a_group_of_fewer_than_five_tracks_joins_the_nearest_cluster(rng: np.random.Generator) -> None:
    clusters = cluster_taste(tracks_of(blob(0, 12, rng), blob(1, 12, rng), blob(2, 3, rng)), NOTHING_HEARD)
    assert len(clusters) == 2
    assert all(len(cluster.members) >= 5 for cluster in clusters)


def test_fewer_than_ten_tracks_stay_together(rng: np.random.Generator) -> None:
    assert len(cluster_taste(tracks_of(blob(0, 4, rng), blob(1, 5, rng)), NOTHING_HEARD)) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_a_history_of_one_or_two_tracks_is_one_cluster(count: int, rng: np.random.Generator) -> None:
    (cluster,) = cluster_taste(tracks_of(blob(0, count, rng)), NOTHING_HEARD)
    assert cluster.share == 1.0
    assert cluster.medoid in range(count)


def test_no_tracks_give_no_clusters() -> None:
    empty = TasteTracks((), np.zeros((0, 16), np.float32), np.zeros(0), np.zeros(0), np.zeros(0))
    assert cluster_taste(empty, NOTHING_HEARD) == []


def test_the_same_vector_ten_thousand_times_is_one_cluster() -> None:
    same = np.tile(np.eye(1, 16, dtype=np.float32), (10_000, 1))
    (cluster,) = cluster_taste(tracks_of(same), NOTHING_HEARD)
    assert len(cluster.members) == 10_000


def test_the_tail_beyond_the_tree_joins_the_nearest_cluster(rng: np.random.Generator) -> None:
    tracks = tracks_of(blob(0, 60, rng), blob(1, 60, rng), weights=rng.uniform(0.5, 2.0, size=120))
    small_tree = ClusteringConfig(most_tracks_in_tree=30, points_in_tree=60)
    clusters = cluster_taste(tracks, NOTHING_HEARD, small_tree)
    assert sorted(tuple(sorted(cluster.members)) for cluster in clusters) == [
        tuple(range(60)),
        tuple(range(60, 120)),
    ]


def test_the_heaviest_member_pulls_centroid_and_medoid(rng: np.random.Generator) -> None:
    weights = np.ones(8)
    weights[5] = 1_000.0
    (cluster,) = cluster_taste(tracks_of(blob(0, 8, rng, spread=0.4), weights=weights), NOTHING_HEARD)
    assert cluster.medoid == 5
    assert cluster.members[0] == 5


def test_a_cluster_knows_the_hours_its_own_tracks_are_heard(rng: np.random.Generator) -> None:
    tracks = tracks_of(blob(0, 6, rng), blob(3, 6, rng))
    mornings = [(f"t{index:03}", 7 * 3600 + index) for index in range(6)]
    nights = [(f"t{index:03}", 22 * 3600 + index) for index in range(6, 12)]
    clusters = cluster_taste(tracks, heard([*mornings, *nights, ("elsewhere", 3600)]))
    by_first_member = {int(min(cluster.members)): cluster.hour_profile for cluster in clusters}
    assert by_first_member[0][7] == 1.0
    assert by_first_member[6][22] == 1.0


def test_the_same_history_gives_the_same_clusters(rng: np.random.Generator) -> None:
    tracks = tracks_of(blob(0, 20, rng, spread=0.3), blob(1, 20, rng, spread=0.3))
    once, again = (cluster_taste(tracks, NOTHING_HEARD) for _ in range(2))
    assert [cluster.members.tolist() for cluster in once] == [cluster.members.tolist() for cluster in again]


def test_a_weight_of_zero_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="above 0"):
        cluster_taste(tracks_of(blob(0, 3, rng), weights=np.array([1.0, 0.0, 1.0])), NOTHING_HEARD)


def test_clusters_are_matched_to_the_previous_ones_whatever_their_order() -> None:
    axes = np.eye(4, 16, dtype=np.float32)
    assert match_clusters(axes[[0, 1, 2]], axes[[2, 3, 0]]) == [2, None, 0]


def test_without_previous_clusters_all_are_new() -> None:
    assert match_clusters(np.zeros((0, 16), np.float32), np.eye(2, 16, dtype=np.float32)) == [None, None]


def test_a_weighted_centroid_has_length_one_even_where_vectors_cancel_out() -> None:
    opposite = np.array([[1, 0], [-1, 0]], dtype=np.float32)
    assert weighted_centroid(opposite, np.ones(2)).tolist() == [1, 0]
    assert weighted_centroid(np.eye(2, dtype=np.float32), np.array([3.0, 4.0])) == pytest.approx([0.6, 0.8])
