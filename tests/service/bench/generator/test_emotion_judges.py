import itertools

import numpy as np
import pytest

from recommender.features import measure_loudness
from service.bench.generator.emotion_judges import HEARD_LUFS, at_one_loudness, plain_quantities, verdicts

RATE = 16_000
SECONDS = 6
MAJOR, MINOR = (60, 64, 67, 72), (60, 63, 67, 72)


def chords(
    pitches: tuple[int, ...], *, strokes_a_second: float, partials: int, rng: np.random.Generator
) -> np.ndarray:
    """A chord struck again and again, mono at 16 kHz: partials fall as 1/n, each stroke decays."""
    seconds = np.arange(SECONDS * RATE) / RATE
    since = seconds % (1 / strokes_a_second)
    sound = sum(
        np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * partial * seconds) / partial
        for pitch in pitches
        for partial in range(1, partials + 1)
    )
    return (sound * np.exp(-6 * since) + 1e-4 * rng.standard_normal(len(seconds))).astype(np.float32)


def test_every_sound_is_heard_at_one_loudness(rng: np.random.Generator) -> None:
    sound = chords(MAJOR, strokes_a_second=2, partials=4, rng=rng)
    for gain in (0.01, 1.0):
        heard = at_one_loudness(np.stack([sound, sound]) * np.float32(gain), RATE)
        assert measure_loudness(heard) == pytest.approx(HEARD_LUFS, abs=0.1)


def test_silence_has_no_mood() -> None:
    for silence in (np.zeros((2, RATE)), np.zeros((2, 0))):
        with pytest.raises(ValueError, match="nothing sounds"):
            at_one_loudness(silence, RATE)


def test_the_plain_judge_hears_faster_and_brighter_music_as_more_excited(rng: np.random.Generator) -> None:
    heard = [
        plain_quantities(
            at_one_loudness(chords(MAJOR, strokes_a_second=strokes, partials=partials, rng=rng)[None], RATE)
        )
        for strokes, partials in ((1, 1), (2, 3), (4, 6))
    ]
    assert [round(one["onsets_per_second"]) for one in heard] == [1, 2, 4]
    excited = verdicts(heard, "plain", "arousal")
    assert all(calmer < livelier for calmer, livelier in itertools.pairwise(excited))


def test_the_plain_judge_hears_major_as_more_pleasant_than_minor(rng: np.random.Generator) -> None:
    heard = [
        plain_quantities(chords(chord, strokes_a_second=1, partials=1, rng=rng)) for chord in (MINOR, MAJOR)
    ]
    minor, major = verdicts(heard, "plain", "valence")
    assert minor < major
