import numpy as np
import pytest

from generator.timbre import SHELF_DB, SHELF_HZ, brighten

RATE = 48_000


def _gain_db(hertz: float, brightness: float) -> float:
    tone = np.tile(np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE), (2, 1)).astype(np.float32)
    heard = brighten(tone, RATE, brightness)[:, RATE // 2 :]
    return float(20 * np.log10(heard.std() / tone.std()))


@pytest.mark.parametrize("brightness", [0.0, 0.25, 1.0])
def test_what_lies_above_the_shelf_moves_and_what_lies_below_stays(brightness: float) -> None:
    asked_db = 2 * (brightness - 0.5) * SHELF_DB
    assert _gain_db(15_000, brightness) == pytest.approx(asked_db, abs=0.3)
    assert _gain_db(60, brightness) == pytest.approx(0, abs=0.3)
    assert _gain_db(SHELF_HZ, brightness) == pytest.approx(asked_db / 2, abs=0.3)


def test_usual_brightness_changes_no_sample() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 100)).astype(np.float32)
    assert brighten(noise, RATE, 0.5) is noise


def test_dark_undoes_bright() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 5_000)).astype(np.float32)
    assert np.allclose(brighten(brighten(noise, RATE, 0.9), RATE, 0.1), noise, atol=1e-4)
