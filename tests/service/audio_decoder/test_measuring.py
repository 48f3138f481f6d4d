from pathlib import Path

import numpy as np
import pytest

from service.audio import AudioMeasures, DecoderPool
from tests.audio_files import write_audio

SAMPLE_RATE = 16_000


def _measured(path: Path, levels_db: tuple[float, ...], seconds: float = 20.0) -> AudioMeasures:
    """Of a stereo tone of 1 kHz that takes each of these levels in turn."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * 1000 * time)
    samples = np.concatenate([10 ** (level / 20) * tone for level in levels_db])
    with DecoderPool() as pool:
        return pool.measure(write_audio(path, np.stack([samples, samples]).astype(np.float32), SAMPLE_RATE))


@pytest.mark.parametrize(
    ("levels_db", "range_lu"),
    [
        ((-20.0, -30.0), 10.0),
        ((-20.0, -15.0), 5.0),
        ((-40.0, -20.0), 20.0),
        ((-50.0, -35.0, -20.0, -35.0, -50.0), 15.0),
    ],
)
def test_the_loudness_range_is_what_the_standard_asks_of_its_test_signals(
    tmp_path: Path, levels_db: tuple[float, ...], range_lu: float
) -> None:
    assert _measured(tmp_path / "a.flac", levels_db).loudness_range_lu == pytest.approx(range_lu, abs=1.0)


def test_a_steady_tone_has_no_loudness_range(tmp_path: Path) -> None:
    assert _measured(tmp_path / "a.flac", (-20.0,)).loudness_range_lu == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(("level_db", "seconds"), [(-300.0, 6.0), (-20.0, 1.0), (-20.0, 0.5)])
def test_silence_and_what_is_shorter_than_three_seconds_have_no_loudness_range(
    tmp_path: Path, level_db: float, seconds: float
) -> None:
    assert _measured(tmp_path / "a.flac", (level_db,), seconds).loudness_range_lu == 0.0
