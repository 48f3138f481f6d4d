from dataclasses import astuple

import numpy as np
import pytest

from recommender.features import SILENCE_LUFS, Features, measure_features, middle_start_seconds
from recommender.spectrum import SAMPLE_RATE


def tone(hz: float, seconds: float = 10.0, amplitude: float = 0.5) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def clicks(seconds: float = 10.0) -> np.ndarray:
    samples = np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)
    samples[:: SAMPLE_RATE // 2] = 1.0
    return samples


def in_bounds(features: Features) -> None:
    assert all(np.isfinite(value) for value in astuple(features) if not isinstance(value, str))
    for name in ("tempo_confidence", "beat_strength", "key_clarity", "percussive_share", "roughness"):
        assert 0.0 <= getattr(features, name) <= 1.0
    assert 0.0 <= features.brightness_hz <= SAMPLE_RATE / 2
    assert features.loudness_lufs >= SILENCE_LUFS


def test_a_tone_lasts_and_clicks_strike() -> None:
    assert measure_features(tone(440.0)).percussive_share < 0.1
    assert measure_features(clicks()).percussive_share > 0.9


def test_brightness_is_the_frequency_of_a_pure_tone() -> None:
    assert measure_features(tone(2000.0)).brightness_hz == pytest.approx(2000.0, rel=0.05)


def test_the_key_is_that_of_the_excerpts_where_there_are_some() -> None:
    in_c, in_f_sharp = (
        np.sum([tone(hz * factor, 3.0, 0.2) for hz in (261.63, 329.63, 392.0)], axis=0)
        for factor in (1.0, 2**0.5)
    )
    assert measure_features(in_f_sharp).key == 6
    assert measure_features(in_f_sharp, np.stack([in_c, in_c])).key == 0


def test_twice_the_amplitude_is_six_decibels_louder() -> None:
    quiet, loud = (measure_features(tone(1000.0, amplitude=value)).loudness_lufs for value in (0.25, 0.5))
    assert loud - quiet == pytest.approx(6.02, abs=0.05)


def test_a_full_scale_tone_of_one_kilohertz_has_the_loudness_of_the_standard() -> None:
    assert measure_features(tone(997.0, amplitude=1.0)).loudness_lufs == pytest.approx(-3.01, abs=0.3)


@pytest.mark.parametrize("samples", [1, 500, 16_000, 160_000])
def test_silence_of_any_length_measures_as_nothing(samples: int) -> None:
    features = measure_features(np.zeros(samples, dtype=np.float32))
    assert features.loudness_lufs == SILENCE_LUFS
    assert features.tempo_confidence == features.key_clarity == features.onset_rate == 0.0
    assert features.beat_strength == features.roughness == features.percussive_share == 0.0
    in_bounds(features)


SECOND = np.arange(SAMPLE_RATE)
ODD = {
    "constant": np.full(5 * SAMPLE_RATE, 0.5),
    "one sample": np.array([0.3]),
    "one click": np.where(SECOND == 5000, 1.0, 0.0),
    "two loudest values only": np.sign(np.sin(0.05 * np.arange(5 * SAMPLE_RATE))),
    "far above full scale": 1e6 * np.sin(0.1 * np.arange(5 * SAMPLE_RATE)),
    "hardly there": 1e-30 * np.sin(0.1 * np.arange(5 * SAMPLE_RATE)),
    "fastest tone": np.where(SECOND % 2 == 0, 1.0, -1.0),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_audio_has_finite_features_within_their_bounds(name: str) -> None:
    in_bounds(measure_features(ODD[name].astype(np.float32)))


@pytest.mark.parametrize("samples", [1, 100, 4000, 20_000])
def test_a_very_short_noise_can_be_measured(samples: int, rng: np.random.Generator) -> None:
    in_bounds(measure_features(rng.normal(size=samples).astype(np.float32) * 0.1))


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros((2, 100)), np.array([0.0, np.nan]), np.array([np.inf]), np.array([1e30])],
)
def test_what_is_no_mono_audio_is_refused(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Audio to measure must"):
        measure_features(samples.astype(np.float32))


def test_the_excerpt_lies_in_the_middle_of_the_track() -> None:
    assert middle_start_seconds(100.0) == 35.0
    assert middle_start_seconds(20.0) == 0.0
