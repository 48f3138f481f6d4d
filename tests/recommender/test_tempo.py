import numpy as np
import pytest

from recommender.spectrum import SAMPLE_RATE, brief_spectrum
from recommender.tempo import Tempo, estimate_tempo, onset_rate, onset_seconds, onset_strength

SECONDS = 20


def click_track(bpm: float, rng: np.random.Generator) -> np.ndarray:
    samples = np.zeros(SECONDS * SAMPLE_RATE, dtype=np.float32)
    click = rng.normal(size=800) * np.exp(-np.arange(800) / 120)
    for start in np.arange(0.0, SECONDS - 0.1, 60.0 / bpm):
        position = int(start * SAMPLE_RATE)
        samples[position : position + click.size] += 0.5 * click.astype(np.float32)
    return samples


def heard_tempo(samples: np.ndarray) -> Tempo:
    return estimate_tempo(onset_strength(brief_spectrum(samples)))


@pytest.mark.parametrize("bpm", [72.0, 100.0, 128.0])
def test_a_click_track_has_its_tempo(bpm: float, rng: np.random.Generator) -> None:
    tempo = heard_tempo(click_track(bpm, rng))
    assert tempo.bpm == pytest.approx(bpm, rel=0.01)
    assert tempo.confidence > 0.9
    assert tempo.beat_strength > 0.8


def test_every_click_is_an_onset(rng: np.random.Generator) -> None:
    strength = onset_strength(brief_spectrum(click_track(100.0, rng)))
    clicks = np.arange(0.6, SECONDS - 0.1, 0.6)
    assert np.abs(onset_seconds(strength)[-clicks.size :] - clicks).max() < 0.02
    assert onset_rate(strength) == pytest.approx(100 / 60, rel=0.05)


def test_noise_has_no_confident_tempo(rng: np.random.Generator) -> None:
    tempo = heard_tempo(rng.normal(size=SECONDS * SAMPLE_RATE).astype(np.float32) * 0.1)
    assert tempo.confidence < 0.3
    assert tempo.beat_strength < 0.3


def test_the_beat_is_stronger_the_louder_the_clicks_stand_out_of_noise(rng: np.random.Generator) -> None:
    clicks = click_track(100.0, rng)
    noise = rng.normal(size=clicks.size).astype(np.float32) * 0.02
    strengths = [heard_tempo(level * clicks + noise).beat_strength for level in (0.0, 0.05, 0.2, 1.0)]
    assert strengths == sorted(strengths)
    assert strengths[-1] > strengths[0] + 0.3


def test_clicks_that_come_when_they_like_beat_weakly(rng: np.random.Generator) -> None:
    regular = click_track(120.0, rng)
    loose = np.zeros_like(regular)
    for start in rng.integers(0, regular.size - 800, 40):
        loose[start : start + 800] += regular[:800]
    assert heard_tempo(loose).beat_strength < 0.5 * heard_tempo(regular).beat_strength


@pytest.mark.parametrize("seconds", [0.01, 0.1, 2.0, 10.0])
def test_silence_has_no_tempo_and_no_onsets(seconds: float) -> None:
    strength = onset_strength(brief_spectrum(np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)))
    assert estimate_tempo(strength).confidence == 0.0
    assert estimate_tempo(strength).beat_strength == 0.0
    assert onset_rate(strength) == 0.0
