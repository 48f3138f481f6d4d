import numpy as np
import pytest

from recommender.ranking import RankingConfig, Taste, ThumbVectors, rank


def taste(centroids: list[list[float]], shares: list[float], muted: list[bool] | None = None) -> Taste:
    """Clusters at these places, as much listened to as their shares say."""
    count = len(centroids)
    vectors = np.array(centroids, np.float32)
    return Taste(
        (None,) * count,
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        np.array(shares),
        np.ones(count),
        np.array(muted or [False] * count),
        ("",) * count,
    )


TOGETHER = taste([[1.0, 0.1, 0.0], [1.0, -0.1, 0.0]], [0.7, 0.3])
APART = taste([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0.9, 0.1])


def scores(vectors: np.ndarray, of: Taste) -> np.ndarray:
    """Of candidates that differ in how they sound alone."""
    nothing = np.zeros(len(vectors))
    nobody = ThumbVectors((), vectors[:0], vectors[:0])
    return rank(vectors, nothing, nothing, of, nobody, RankingConfig()).score


def test_clusters_lie_apart_where_their_mean_is_short() -> None:
    assert TOGETHER.apartness == 0.0
    assert taste([[1.0, 0.0, 0.0]], [1.0]).apartness == 0.0
    assert taste([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0.5, 0.5]).apartness == 1.0
    assert APART.apartness == 0.0, "a tenth of the listening does not make two people"


def test_a_muted_cluster_has_no_part_in_how_far_the_others_lie_apart() -> None:
    three = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.9, 0.1, 0.0]]
    assert taste(three, [0.3, 0.5, 0.2]).apartness > 0.9
    assert taste(three, [0.3, 0.5, 0.2], [False, True, False]).apartness == 0.0


def test_of_a_coherent_taste_the_centroid_orders_the_candidates(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((200, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    by_centroid = vectors @ (TOGETHER.shares @ TOGETHER.centroids)
    assert np.array_equal(np.argsort(scores(vectors, TOGETHER)), np.argsort(by_centroid))


def test_where_tastes_lie_apart_the_heart_of_each_goes_before_what_lies_between(
    rng: np.random.Generator,
) -> None:
    apart = taste([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0.5, 0.5])
    between = np.array([0.7, 0.7, 0.14])
    others = rng.standard_normal((100, 3))
    others[:, :2] *= 0.3
    vectors = np.vstack([np.eye(3)[:2], between, others]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = scores(vectors, apart)
    by_centroid = vectors @ (apart.shares @ apart.centroids)
    lead = found[:2] - found[2]
    assert (lead / found.std() > (by_centroid[:2] - by_centroid[2]) / by_centroid.std()).all()


@pytest.mark.parametrize("of", [TOGETHER, APART, taste([[1.0, 0.0, 0.0]], [1.0])])
def test_candidates_that_all_sound_the_same_have_the_same_score(of: Taste) -> None:
    assert not scores(np.tile(np.array([0.6, 0.8, 0.0], np.float32), (5, 1)), of).any()
