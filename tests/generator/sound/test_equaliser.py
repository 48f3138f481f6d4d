import numpy as np
import pytest
from scipy import signal

from generator.sound.equaliser import apply_sections, bell, high_shelf, low_cut

RATE = 48000


def gain_db(sections: np.ndarray, frequency_hz: float) -> float:
    _, response = signal.sosfreqz(sections, worN=[frequency_hz], fs=RATE)
    return float(20 * np.log10(np.abs(response[0])))


@pytest.mark.parametrize("asked_db", [-6.0, 3.0])
def test_a_shelf_lifts_what_lies_above_and_leaves_what_lies_below(asked_db: float) -> None:
    shelf = high_shelf(RATE, 2000.0, asked_db)
    assert gain_db(shelf, 15000.0) == pytest.approx(asked_db, abs=0.2)
    assert gain_db(shelf, 2000.0) == pytest.approx(asked_db / 2, abs=0.2)
    assert gain_db(shelf, 100.0) == pytest.approx(0.0, abs=0.1)


def test_a_bell_lifts_its_centre_only() -> None:
    assert gain_db(bell(RATE, 2800.0, 4.0), 2800.0) == pytest.approx(4.0, abs=0.01)
    assert gain_db(bell(RATE, 2800.0, 4.0), 60.0) == pytest.approx(0.0, abs=0.1)


def test_a_low_cut_halves_power_at_its_corner_and_is_applied_to_both_channels() -> None:
    cut = low_cut(RATE, 100.0)
    assert gain_db(cut, 100.0) == pytest.approx(-3.0, abs=0.1)
    offset = apply_sections(np.ones((2, RATE), np.float32), cut)
    assert offset.dtype == np.float32
    assert np.abs(offset[:, -100:]).max() < 1e-3
