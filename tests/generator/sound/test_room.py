import numpy as np
import pytest

from generator.sound.room import between_frames, compression_gain, with_width

RATE = 48000


def side_over_middle(sound: np.ndarray) -> float:
    return float(np.std(sound[0] - sound[1]) / np.std(sound[0] + sound[1]))


@pytest.mark.parametrize("side", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("width", [0.0, 0.3])
def test_a_row_gets_its_width_and_keeps_its_mono_sum(side: float, width: float) -> None:
    rng = np.random.default_rng(0)
    middle, apart = rng.standard_normal((2, RATE)).astype(np.float32)
    sound = np.stack([middle + side * apart, middle - side * apart]).astype(np.float32)
    placed = with_width(sound, RATE, width)
    assert side_over_middle(placed) == pytest.approx(width, abs=0.02)
    assert np.allclose(placed.sum(axis=0), sound.sum(axis=0), atol=1e-4)


def test_what_stands_above_the_threshold_is_turned_down_by_the_ratio() -> None:
    loud = np.full((2, RATE), 0.5, np.float32)
    gain = compression_gain(loud, RATE, threshold_db=-20.0, ratio=2.0)
    above_db = 20 * np.log10(0.5) + 20.0
    assert 20 * np.log10(gain[-1]) == pytest.approx(-above_db / 2, abs=0.1)
    assert np.array_equal(compression_gain(0.01 * loud, RATE, threshold_db=-20.0), np.ones(RATE, np.float32))


@pytest.mark.parametrize("length", [20, 27, 30])
def test_a_curve_goes_straight_from_middle_to_middle(length: int) -> None:
    curve = between_frames(np.array([1.0, 2.0, 4.0]), 10, length)
    assert np.allclose(curve, np.interp(np.arange(length), [5, 15, 25], [1.0, 2.0, 4.0]))
