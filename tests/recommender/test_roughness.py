import numpy as np
import pytest

from recommender.roughness import measure_roughness
from recommender.spectrum import SAMPLE_RATE, fine_spectrum

C4_HZ = 261.63


def chord(*semitones: float, amplitude: float = 0.1) -> np.ndarray:
    """Notes above C4 with six partials each."""
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    sound = sum(
        np.sin(2 * np.pi * partial * C4_HZ * 2 ** (each / 12) * time) / partial
        for each in semitones
        for partial in range(1, 7)
    )
    return (amplitude * np.asarray(sound)).astype(np.float32)


def roughness(samples: np.ndarray) -> float:
    return measure_roughness(fine_spectrum(samples))


def test_intervals_are_as_rough_as_people_find_them() -> None:
    octave, fifth, third, semitone = (roughness(chord(0, each)) for each in (12, 7, 4, 1))
    assert octave < fifth < third < semitone


def test_a_cluster_is_rougher_than_a_triad() -> None:
    assert roughness(chord(0, 1, 2, 3)) > roughness(chord(0, 4, 7)) + 0.1


def test_one_pure_tone_is_not_rough_at_all() -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    assert roughness(0.5 * np.sin(2 * np.pi * 440 * time)) == pytest.approx(0.0, abs=0.01)


def test_loudness_does_not_make_rough() -> None:
    assert roughness(chord(0, 1, amplitude=0.02)) == pytest.approx(roughness(chord(0, 1)), abs=0.01)
