import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.audio import DecoderPool
from service.audio_decoder.spectrogram import HIGHEST_HZ, LOWEST_HZ
from tests.audio_files import write_audio

RATE = 44_100
ROWS = 144


def levels(path: Path, samples: np.ndarray) -> np.ndarray:
    """The picture's levels (rows, columns), 0 to 255, the lowest tones last."""
    write_audio(path, np.stack([samples, samples]).astype(np.float32), RATE)
    with DecoderPool() as pool:
        picture = Image.open(io.BytesIO(pool.spectrogram(path, columns=200, rows=ROWS)))
    assert picture.mode == "P"
    return np.asarray(picture)


def row_of(frequency_hz: float) -> int:
    place = np.log(frequency_hz / LOWEST_HZ) / np.log(HIGHEST_HZ / LOWEST_HZ)
    return ROWS - 1 - int(place * ROWS)


@pytest.mark.parametrize("frequency_hz", [440.0, 2_000.0, 9_000.0])
def test_a_tone_is_brightest_in_its_own_row(tmp_path: Path, frequency_hz: float) -> None:
    time = np.arange(RATE * 12) / RATE
    found = levels(tmp_path / "a.flac", 0.3 * np.sin(2 * np.pi * frequency_hz * time))
    assert found.shape[0] == ROWS
    assert 150 < found.shape[1] <= 201
    assert abs(int(found[:, 50].argmax()) - row_of(frequency_hz)) <= 2
    assert found[row_of(12_000.0), 50] < 40


def test_time_goes_from_left_to_right(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE * 6) / RATE)
    found = levels(tmp_path / "a.flac", np.concatenate([np.zeros_like(tone), tone]))
    half = found.shape[1] // 2
    assert found[:, : half - 2].max() == 0
    assert found[row_of(440.0), half + 2 : -2].min() > 200


def test_silence_is_black(tmp_path: Path) -> None:
    assert levels(tmp_path / "a.flac", np.zeros(RATE)).max() == 0
