import numpy as np
import pytest

from recommender.emotion_calibration import Calibration, CalibrationConfig, fit_calibration, mean_and_spread


@pytest.fixture
def estimated(rng: np.random.Generator) -> np.ndarray:
    """Thirty tracks all over the plane."""
    return rng.uniform(-0.7, 0.7, size=(30, 2))


def nothing_said(count: int) -> np.ndarray:
    return np.full((count, 2), np.nan)


@pytest.mark.parametrize("count", [0, 5])
def test_without_corrections_nothing_changes(count: int, rng: np.random.Generator) -> None:
    estimated = rng.uniform(-1, 1, size=(count, 2))
    calibration = fit_calibration(estimated, nothing_said(count))
    assert calibration == Calibration(1.0, 0.0, 1.0, 0.0, corrections=0)
    valence, arousal = calibration.apply(estimated[:, 0], estimated[:, 1])
    assert np.array_equal(np.stack([valence, arousal], axis=1), estimated)


def test_corrections_that_agree_with_the_estimate_change_nothing(estimated: np.ndarray) -> None:
    calibration = fit_calibration(estimated, estimated.copy())
    assert calibration == Calibration(corrections=30)


def test_a_house_that_always_hears_it_brighter_is_moved_most_of_the_way(estimated: np.ndarray) -> None:
    corrected = nothing_said(30)
    corrected[:, 0] = estimated[:, 0] + 0.3
    calibration = fit_calibration(estimated, corrected)
    assert calibration.valence_offset == pytest.approx(0.3 * 30 / 40, abs=0.01)
    assert calibration.valence_slope == pytest.approx(1.0, abs=0.02)
    assert (calibration.arousal_slope, calibration.arousal_offset) == (1.0, 0.0)
    assert calibration.corrections == 30


def test_the_prior_counts_as_much_as_ten_corrections() -> None:
    few = np.array([[-0.4, 0.0], [0.4, 0.0]] * 5)
    calibration = fit_calibration(few, few + np.array([0.0, 0.3]))
    assert calibration.arousal_offset == pytest.approx(0.15)


def test_a_house_that_hears_smaller_differences_flattens_the_line(estimated: np.ndarray) -> None:
    calibration = fit_calibration(estimated, 0.5 * estimated)
    assert 0.5 < calibration.arousal_slope < 0.85
    assert abs(calibration.arousal_offset) < 0.05


def test_one_outlier_hardly_moves_the_house(estimated: np.ndarray) -> None:
    alone = fit_calibration(np.array([[-0.9, 0.0]]), np.array([[1.0, np.nan]]))
    assert abs(alone.apply(0.0, 0.0)[0]) < 0.05
    corrected = estimated + 0.2
    before = fit_calibration(estimated, corrected)
    corrected[3] = [-1.0, 1.0]
    after = fit_calibration(estimated, corrected)
    places = np.linspace(-0.7, 0.7, 15)
    moved = np.abs(np.stack(after.apply(places, places)) - np.stack(before.apply(places, places)))
    assert moved.max() < 0.05


def test_order_is_never_turned_round_even_when_everybody_says_the_opposite(rng: np.random.Generator) -> None:
    estimated = rng.uniform(-1, 1, size=(200, 2))
    calibration = fit_calibration(estimated, -estimated)
    least = CalibrationConfig().least_slope
    assert (calibration.valence_slope, calibration.arousal_slope) == pytest.approx((least, least))
    places = np.linspace(-1, 1, 50)
    assert all(np.all(np.diff(axis) >= 0) for axis in calibration.apply(places, places))


def test_what_is_calibrated_stays_on_the_plane() -> None:
    valence, arousal = Calibration(2.0, 0.5, 1.0, -0.5).apply([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0])
    assert valence.tolist() == [-1.0, 0.5, 1.0]
    assert arousal.tolist() == [-1.0, -0.5, 0.5]


def test_the_same_corrections_give_the_same_bits(estimated: np.ndarray, rng: np.random.Generator) -> None:
    corrected = np.clip(estimated + rng.normal(scale=0.4, size=(30, 2)), -1, 1)
    corrected[rng.uniform(size=(30, 2)) < 0.3] = np.nan
    assert fit_calibration(estimated, corrected) == fit_calibration(estimated.copy(), corrected.copy())


@pytest.mark.parametrize(
    ("estimated", "corrected"),
    [
        (np.zeros((2, 2)), np.zeros((3, 2))),
        (np.zeros((2, 3)), np.zeros((2, 3))),
        (np.zeros(2), np.zeros(2)),
        (np.array([[np.nan, 0.0]]), np.zeros((1, 2))),
        (np.zeros((1, 2)), np.array([[np.inf, 0.0]])),
        (np.zeros((1, 2)), np.array([[0.0, 1.5]])),
    ],
)
def test_what_is_no_emotion_is_refused(estimated: np.ndarray, corrected: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"pairs are needed|lie in"):
        fit_calibration(estimated, corrected)


def test_heavier_values_count_more() -> None:
    assert mean_and_spread(np.array([0.0, 1.0]), np.array([3.0, 1.0])) == pytest.approx(
        (0.25, np.sqrt(3) / 4)
    )
