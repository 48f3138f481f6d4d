import numpy as np
import pytest

from recommender.feedback import Thumbs, cluster_factors, like_rate, thumb_kernel

AXES = np.eye(3, dtype=np.float32)


def test_thumbs_are_sorted_into_up_and_down() -> None:
    thumbs = Thumbs.from_values({"c": "up", "a": "up", "b": "down"})
    assert thumbs == Thumbs(up=("a", "c"), down=("b",))


def test_the_kernel_is_one_on_the_track_itself_and_falls_with_distance() -> None:
    between = np.array([[0.8, 0.6, 0]], dtype=np.float32)
    reach = thumb_kernel(
        np.concatenate([AXES[:2], between]), np.zeros(3, np.intp), AXES[:1], np.zeros(1, np.intp), width=0.5
    )[:, 0]
    assert reach[0] == pytest.approx(1)
    assert reach[1] == pytest.approx(np.exp(-4))
    assert reach[2] == pytest.approx(np.exp(-0.8))


def test_the_kernel_does_not_reach_into_another_cluster() -> None:
    reach = thumb_kernel(AXES[:1], np.array([1]), AXES[:1], np.array([0]), width=0.5)
    assert reach.tolist() == [[0.0]]


def test_a_like_rate_is_one_half_without_thumbs_and_moves_with_them() -> None:
    assert like_rate(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])) == pytest.approx(
        [1 / 2, 2 / 3, 1 / 3]
    )


def test_thumbs_raise_and_lower_their_own_cluster_only() -> None:
    factors = cluster_factors(3, np.array([0, 0]), np.array([2]))
    assert factors == pytest.approx([1.2, 1.0, 8 / 9])
