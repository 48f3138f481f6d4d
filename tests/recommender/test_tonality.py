import numpy as np
import pytest

from recommender.spectrum import SAMPLE_RATE, fine_spectrum
from recommender.tonality import Key, estimate_key, measure_chroma


def chords(*pitches: tuple[int, ...], detuned_semitones: float = 0.0) -> np.ndarray:
    """One second a chord, each note with six partials."""
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sound = [
        sum(
            np.sin(2 * np.pi * partial * 440.0 * 2 ** ((pitch + detuned_semitones - 69) / 12) * time)
            / partial**1.5
            for pitch in chord
            for partial in range(1, 7)
        )
        for chord in pitches
    ]
    return 0.05 * np.concatenate(sound).astype(np.float32)


def heard_key(samples: np.ndarray) -> Key:
    return estimate_key(measure_chroma(fine_spectrum(samples)))


C_MAJOR = ((48, 60, 64, 67), (53, 60, 65, 69), (55, 59, 62, 67), (48, 60, 64, 67))
A_MINOR = ((45, 57, 60, 64), (50, 57, 62, 65), (52, 56, 59, 64), (45, 57, 60, 64))


def test_a_cadence_in_c_major_is_in_c_major() -> None:
    key = heard_key(chords(*C_MAJOR))
    assert (key.tonic, key.mode) == (0, "major")
    assert key.clarity > 0.7


def test_a_cadence_in_a_minor_is_in_a_minor() -> None:
    key = heard_key(chords(*A_MINOR))
    assert (key.tonic, key.mode) == (9, "minor")


@pytest.mark.parametrize("semitones", range(1, 12))
def test_a_transposed_cadence_is_in_the_transposed_key(semitones: int) -> None:
    moved = [tuple(pitch + semitones for pitch in chord) for chord in C_MAJOR]
    key = heard_key(chords(*moved))
    assert (key.tonic, key.mode) == (semitones, "major")


def test_an_instrument_tuned_a_third_of_a_semitone_high_keeps_its_key() -> None:
    key = heard_key(chords(*C_MAJOR, detuned_semitones=0.33))
    assert (key.tonic, key.mode) == (0, "major")


def test_noise_has_no_clear_key(rng: np.random.Generator) -> None:
    noise = rng.normal(size=20 * SAMPLE_RATE).astype(np.float32) * 0.1
    assert heard_key(noise).clarity < 0.6


@pytest.mark.parametrize("samples", [1, 100, 4 * SAMPLE_RATE])
def test_silence_has_no_key(samples: int) -> None:
    assert heard_key(np.zeros(samples, dtype=np.float32)).clarity == 0.0
