import numpy as np
import pytest

from recommender.tempo import SAMPLE_RATE, estimate_tempo, onset_rate, onset_strength

SECONDS = 20


def click_track(bpm: float, rng: np.random.Generator) -> np.ndarray:
    samples = np.zeros(SECONDS * SAMPLE_RATE, dtype=np.float32)
    click = rng.normal(size=800) * np.exp(-np.arange(800) / 120)
    for start in np.arange(0.0, SECONDS - 0.1, 60.0 / bpm):
        position = int(start * SAMPLE_RATE)
        samples[position : position + click.size] += 0.5 * click.astype(np.float32)
    return samples


@pytest.mark.parametrize("bpm", [72.0, 100.0, 128.0])
def test_a_click_track_has_its_tempo(bpm: float, rng: np.random.Generator) -> None:
    tempo = estimate_tempo(onset_strength(click_track(bpm, rng)))
    assert tempo.bpm == pytest.approx(bpm, rel=0.01)
    assert tempo.confidence > 0.8


def test_every_click_is_an_onset(rng: np.random.Generator) -> None:
    assert onset_rate(onset_strength(click_track(100.0, rng))) == pytest.approx(100 / 60, rel=0.05)


def test_noise_has_no_confident_tempo(rng: np.random.Generator) -> None:
    noise = rng.normal(size=SECONDS * SAMPLE_RATE).astype(np.float32) * 0.1
    assert estimate_tempo(onset_strength(noise)).confidence < 0.3


@pytest.mark.parametrize("seconds", [0.1, 2.0, 10.0])
def test_silence_has_no_tempo_and_no_onsets(seconds: float) -> None:
    strength = onset_strength(np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32))
    assert estimate_tempo(strength).confidence == 0.0
    assert onset_rate(strength) == 0.0
