from dataclasses import replace

import numpy as np
import pytest

from recommender.features import Features, measure_features
from recommender.spectrum import SAMPLE_RATE
from recommender.tags import TAGS
from recommender.voice import NO_VOICE_TAGS, VOICE_TAGS, is_speech, voice_likelihood


def tags_with(**probabilities: float) -> np.ndarray:
    """Tags of nothing in particular, but for all that name voices or deny them."""
    tags = np.full(len(TAGS), 0.05, dtype=np.float32)
    for names, value in ((VOICE_TAGS, "voices"), (NO_VOICE_TAGS, "none")):
        for name in names:
            tags[TAGS.index(name)] = probabilities.get(value, 0.05)
    return tags


SPOKEN = tags_with(voices=0.08, none=0.005)
INSTRUMENTAL = tags_with(voices=0.01, none=0.06)
UNMUSICAL = Features(
    tempo_bpm=104.0,
    tempo_confidence=0.2,
    beat_strength=0.05,
    key=0,
    mode="major",
    key_clarity=0.24,
    onset_rate=5.7,
    percussive_share=0.34,
    loudness_lufs=-18.0,
    brightness_hz=1550.0,
    roughness=0.72,
)


def test_voices_are_more_likely_the_more_tags_name_them() -> None:
    likelihoods = [
        voice_likelihood(tags_with(voices=share, none=0.02)) for share in (0.0, 0.01, 0.05, 0.5, 1.0)
    ]
    assert likelihoods == sorted(likelihoods)
    assert likelihoods[0] < 0.05
    assert likelihoods[-1] > 0.95


def test_instrumental_music_hardly_sounds_like_a_voice() -> None:
    assert voice_likelihood(INSTRUMENTAL) < 0.1


def test_voices_without_key_and_beat_speak() -> None:
    assert is_speech(SPOKEN, UNMUSICAL)


@pytest.mark.parametrize("musical", [{"key_clarity": 0.8}, {"beat_strength": 0.5}])
def test_song_without_a_beat_and_rap_without_a_key_are_music(musical: dict[str, float]) -> None:
    song = replace(UNMUSICAL, **musical)  # type: ignore[arg-type]  # of floats only
    assert not is_speech(SPOKEN, song)


def test_music_without_key_and_beat_is_music_where_nobody_is_heard() -> None:
    assert not is_speech(INSTRUMENTAL, UNMUSICAL)


def test_silence_is_no_speech() -> None:
    silence = measure_features(np.zeros(SAMPLE_RATE, dtype=np.float32))
    assert not is_speech(np.zeros(len(TAGS), dtype=np.float32), silence)


@pytest.mark.parametrize("tags", [np.zeros(50), np.zeros((1, 100)), np.full(100, np.nan)])
def test_what_are_no_tags_is_refused(tags: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Tags must be"):
        voice_likelihood(tags)
