import numpy as np
import pyloudnorm
import pytest
from scipy import signal

from generator.sound.loudness import integrated_lufs, loudness_range_lu, peak_envelope, weighted_energy
from generator.sound.mastering import LOUDNESS_TOLERANCE_LU, master
from generator.sound.rendering import render_notes
from tests.generator.pieces import small_band

RATE = 48000


def tone(seconds: float, amplitude: float, frequency: float = 997.0) -> np.ndarray:
    wave = amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave]).astype(np.float32)


def pops(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Return quiet noise with short loud bursts: the hardest case for a limiter."""
    samples = 0.02 * rng.standard_normal((2, round(seconds * RATE)))
    for begin in range(0, samples.shape[1] - 200, RATE // 2):
        samples[:, begin : begin + 200] *= 30.0
    return samples.astype(np.float32)


def true_peak_db(samples: np.ndarray) -> float:
    """Return the peak at eight times the rate, by another resampler than the one under test."""
    oversampled = signal.resample_poly(samples.astype(np.float64), 8, 1, axis=1, window=("kaiser", 12.0))
    return float(20 * np.log10(np.abs(oversampled).max()))


@pytest.mark.parametrize("level", [0.01, 0.1, 0.9])
def test_music_meets_the_target_within_the_tolerance_by_an_independent_meter(level: float) -> None:
    sound = render_notes(small_band(), rng=np.random.default_rng(0))
    mastered = master(sound * np.float32(level / np.abs(sound).max()), RATE)
    judged = pyloudnorm.Meter(RATE).integrated_loudness(mastered.samples.T.astype(np.float64))
    assert abs(judged + 14.0) <= LOUDNESS_TOLERANCE_LU
    assert mastered.loudness_lufs == pytest.approx(judged, abs=0.1)


@pytest.mark.parametrize("target_lufs", [-23.0, -14.0, -9.0])
def test_true_peak_stays_below_the_ceiling_however_hard_it_is_driven(target_lufs: float) -> None:
    for sound in (pops(6.0, np.random.default_rng(0)), tone(3.0, 0.9), tone(3.0, 0.9, RATE / 4 + 1)):
        mastered = master(sound, RATE, target_lufs=target_lufs)
        assert true_peak_db(mastered.samples) <= -1.0
        assert mastered.true_peak_db <= -1.0


def test_the_limiter_leaves_music_below_the_ceiling_alone() -> None:
    """Without limiting, mastering is one gain: a sine stays a sine."""
    mastered = master(tone(4.0, 0.05, 1000.0), RATE, target_lufs=-20.0, fade_out_seconds=0.0)
    spectrum = np.abs(np.fft.rfft(mastered.samples[0, RATE : 3 * RATE] * np.hanning(2 * RATE)))
    rest = np.delete(spectrum, range(1990, 2011))
    assert 20 * np.log10(rest.max() / spectrum.max()) < -70.0


def test_a_lone_click_stays_quiet_rather_than_be_crushed() -> None:
    sound = np.zeros((2, 5 * RATE), dtype=np.float32)
    sound[:, 2 * RATE : 2 * RATE + 10] = 0.5
    mastered = master(sound, RATE)
    assert mastered.true_peak_db <= -1.0
    assert mastered.loudness_lufs < -14.5


def test_silence_stays_silence() -> None:
    mastered = master(np.zeros((2, RATE), dtype=np.float32), RATE)
    assert not mastered.samples.any()
    assert mastered.loudness_lufs == float("-inf")


def test_an_offset_is_removed_and_the_ends_are_faded() -> None:
    mastered = master(tone(4.0, 0.1) + np.float32(0.2), RATE)
    assert np.abs(mastered.samples[:, RATE : 2 * RATE].mean(axis=1)).max() < 1e-3
    assert np.abs(mastered.samples[:, [0, -1]]).max() < 1e-4


@pytest.mark.parametrize("seconds", [2.5, 7.0])
def test_the_asked_length_is_met_exactly(seconds: float) -> None:
    assert master(tone(4.0, 0.1), RATE, seconds=seconds).samples.shape == (2, round(seconds * RATE))


@pytest.mark.parametrize("sound", [np.zeros(10), np.zeros((3, 10)), np.full((2, RATE), np.nan)])
def test_what_is_no_stereo_sound_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(ValueError, match="mastering needs"):
        master(sound, RATE)


def test_loudness_agrees_with_an_independent_meter() -> None:
    rng = np.random.default_rng(0)
    for sound in (pops(6.0, rng), tone(3.0, 0.3), render_notes(small_band(), rng=rng)):
        judged = pyloudnorm.Meter(RATE).integrated_loudness(sound.T.astype(np.float64))
        assert integrated_lufs(weighted_energy(sound, RATE)) == pytest.approx(judged, abs=0.1)


def test_loudness_range_of_two_levels_is_their_distance() -> None:
    """EBU Tech 3342, test signal 1: 20 s at -20 and 20 s at -30 dB have a range of 10 LU."""
    sound = np.concatenate([tone(20.0, 0.1), tone(20.0, 0.1 * 10**-0.5)], axis=1)
    assert loudness_range_lu(weighted_energy(sound, RATE)) == pytest.approx(10.0, abs=1.0)


def test_a_peak_between_two_samples_is_found() -> None:
    """BS.1770-4, annex 2: a quarter-rate sine at 45 degrees peaks 3 dB above its samples."""
    wave = np.sin(2 * np.pi * 0.25 * np.arange(RATE) + np.pi / 4).astype(np.float32)
    assert np.abs(wave).max() == pytest.approx(0.707, abs=0.001)
    assert peak_envelope(np.stack([wave, wave]), RATE).max() == pytest.approx(1.0, abs=0.02)


def test_peaks_do_not_depend_on_where_the_chunks_meet() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 600_000)).astype(np.float32)
    whole, shifted = peak_envelope(noise, RATE), peak_envelope(noise[:, 48_000:], RATE)
    assert np.allclose(whole[1001:], shifted[1:], atol=1e-4)
