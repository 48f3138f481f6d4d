from pathlib import Path

import numpy as np
import pyloudnorm
import pytest

from service.audio import AudioMeasures, DecoderPool
from service.library.gain import gain_db
from tests.audio_files import melody, write_audio


def _measures(loudness_lufs: float, peak: float) -> AudioMeasures:
    return AudioMeasures(loudness_lufs, 0.0, peak, [])


@pytest.mark.parametrize(
    ("loudness_lufs", "peak", "expected_db"),
    [
        (-14.0, 0.9, -4.0),
        (-9.0, 1.1, -9.0),
        (-24.0, 0.25, 6.0),
        (-24.0, 0.89125, 1.0),
        (-24.0, 1.1, 0.0),
        (-40.0, 0.01, 12.0),
        (-70.0, 0.0, 0.0),
        (-70.0, 0.5, 0.0),
    ],
)
def test_tracks_are_brought_to_one_loudness_without_clipping(
    loudness_lufs: float, peak: float, expected_db: float
) -> None:
    assert gain_db(_measures(loudness_lufs, peak)) == pytest.approx(expected_db, abs=0.01)


@pytest.mark.parametrize("sample_rate", [22_050, 44_100, 48_000, 96_000])
def test_loudness_is_that_of_the_standard(tmp_path: Path, sample_rate: int) -> None:
    samples = melody(8.0, sample_rate=sample_rate)
    samples[:, samples.shape[1] // 2 :] *= 0.02  # which the gate leaves out
    path = write_audio(tmp_path / "a.flac", samples, sample_rate)

    with DecoderPool() as pool:
        measured = pool.measure(path)
        decoded = pool.load(path).samples

    expected = pyloudnorm.Meter(sample_rate).integrated_loudness(decoded.T.astype(np.float64))
    assert measured.loudness_lufs == pytest.approx(expected, abs=0.2)
    assert measured.peak == pytest.approx(float(np.abs(decoded).max()), abs=1e-4)


def test_a_sine_at_full_scale_reads_what_the_standard_says(tmp_path: Path) -> None:
    time = np.arange(48_000 * 5) / 48_000
    sine = np.sin(2 * np.pi * 997 * time)[None].astype(np.float32)
    left = np.concatenate([sine, 0 * sine])

    with DecoderPool() as pool:
        one_of_two = pool.measure(write_audio(tmp_path / "left.flac", left, 48_000)).loudness_lufs
        mono = pool.measure(write_audio(tmp_path / "mono.flac", sine, 48_000)).loudness_lufs

    assert one_of_two == pytest.approx(-3.01, abs=0.05)
    assert mono == pytest.approx(0.0, abs=0.05)


def test_silence_has_the_lowest_loudness(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", np.zeros((2, 44_100 * 6), np.float32))

    with DecoderPool() as pool:
        measured = pool.measure(path)

    assert (measured.loudness_lufs, measured.peak) == (-70.0, 0.0)
    assert gain_db(measured) == 0.0
