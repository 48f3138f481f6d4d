import numpy as np
import pytest

from service.bench.generator.index_spread import Placed, cosine_between, measure_index_spread, thumb_spill


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def placed(rng: np.random.Generator, each: int, *, shared: float = 0.0, spread: float = 0.3) -> Placed:
    """Tracks of four clusters at right angles, all with `shared` of one further direction."""
    numbers = np.repeat(np.arange(4), each)
    vectors = spread * rng.standard_normal((len(numbers), 12))
    vectors[np.arange(len(numbers)), numbers] += 1.0
    vectors[:, 11] += shared
    return Placed(unit(vectors), numbers)


def test_compositions_that_share_a_sound_are_nearer_to_each_other_than_recordings_are(
    rng: np.random.Generator,
) -> None:
    recordings = placed(rng, 15)
    figures, rows = measure_index_spread(
        placed(rng, 10), recordings, rng, as_heard=placed(rng, 10, shared=1.0)
    )
    assert abs(figures["cosine_gap"]["value"]) < 0.08
    assert figures["as_heard"]["cosine_gap"]["value"] > 0.25
    assert figures["n"] == len(rows) == 40
    assert abs(figures["cosine_between_recordings"]) < 0.08


def test_a_thumb_moves_what_sounds_the_same_and_not_what_sounds_apart(rng: np.random.Generator) -> None:
    recordings = placed(rng, 30)
    alike, apart = (
        thumb_spill(placed(rng, 8, spread=spread), recordings)[0].mean() for spread in (0.02, 1.0)
    )
    assert alike > 0.9
    assert apart < alike


def test_the_mean_cosine_counts_pairs_of_different_clusters_alone() -> None:
    vectors = np.array([[1, 0], [1, 0], [0.6, 0.8]], np.float32)
    assert cosine_between(vectors, np.array([0, 0, 1])) == pytest.approx(0.6)


def test_one_cluster_has_no_spread(rng: np.random.Generator) -> None:
    one = Placed(np.eye(3, dtype=np.float32), np.zeros(3, int))
    with pytest.raises(ValueError, match="two clusters"):
        measure_index_spread(one, placed(rng, 5), rng)


def test_a_thumb_down_hardly_moves_its_own_cluster(rng: np.random.Generator) -> None:
    """Thirteen collections of 18 tracks in 24 dimensions, as unlike each other as recordings of one collection are."""
    centres = rng.normal(size=(13, 24))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    clusters = np.repeat(np.arange(13), 18)
    vectors = centres[clusters] + 1.3 / np.sqrt(24) * rng.normal(size=(len(clusters), 24))
    tracks = Placed((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), clusters)
    moved, _ = thumb_spill(tracks, tracks)
    assert moved.mean() < 0.2
