import numpy as np
import pytest

from recommender.apartness import apartness

RIGHT_ANGLE = np.eye(2)


def test_what_points_one_way_does_not_lie_apart() -> None:
    assert apartness(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0.6, 0.4])) == 0.0


def test_what_is_listened_to_alike_and_points_elsewhere_lies_apart() -> None:
    assert apartness(RIGHT_ANGLE, np.array([5.0, 5.0])) == 1.0


def test_what_hardly_counts_does_not_lie_apart_from_the_rest() -> None:
    assert apartness(RIGHT_ANGLE, np.array([0.9, 0.1])) == 0.0


def test_it_grows_between_the_lengths_of_one_person_and_of_three() -> None:
    angle = 2 * np.arccos(0.76)  # two unit vectors at this angle have a mean of length .76
    two = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]])
    assert apartness(two, np.ones(2)) == pytest.approx(0.5)
