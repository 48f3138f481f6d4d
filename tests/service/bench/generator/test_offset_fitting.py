import numpy as np
import pytest

from service.bench.generator.index_spread import Placed
from service.bench.generator.offset_fitting import measure_left_out


def placed(seed: int, shared: np.ndarray) -> Placed:
    """Ten tracks for each of five clusters, all moved by `shared`."""
    clusters = np.repeat(np.arange(5), 10)
    centres = 2.0 * np.eye(5, 8)[clusters]
    vectors = centres + 0.2 * np.random.default_rng(seed).standard_normal((50, 8)) + shared
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Placed(vectors.astype(np.float32), clusters)


def test_what_all_compositions_share_is_found_in_the_other_clusters() -> None:
    shared = np.array([0, 0, 0, 0, 0, 2.0, 0, 0])
    told = measure_left_out(placed(1, shared), placed(0, 0 * shared))
    assert told["gap"] > 0.3
    assert abs(told["gap_left_out"]) < 0.1
    nothing = measure_left_out(placed(1, 0 * shared), placed(0, 0 * shared))
    assert abs(nothing["gap"]) < 0.05
    assert abs(nothing["gap_left_out"]) < 0.05


def test_of_two_clusters_none_can_be_left_out() -> None:
    two = Placed(np.eye(4, dtype=np.float32), np.array([0, 0, 1, 1]))
    with pytest.raises(ValueError, match="two clusters or more"):
        measure_left_out(two, two)
