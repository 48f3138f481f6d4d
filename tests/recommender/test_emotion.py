from dataclasses import replace

import numpy as np
import pytest

from recommender.emotion import estimate_emotion
from recommender.encoder_statistics import frozen_statistics
from recommender.features import Features, measure_features
from recommender.tags import TAGS

USUAL = Features(
    tempo_bpm=114.0,
    tempo_confidence=0.6,
    beat_strength=0.5,
    key=0,
    mode="major",
    key_clarity=0.21,
    onset_rate=8.0,
    percussive_share=0.27,
    loudness_lufs=-18.5,
    brightness_hz=1190.0,
    roughness=0.4,
)


@pytest.fixture
def usual_tags() -> np.ndarray:
    return 1 / (1 + np.exp(-frozen_statistics().tag_mean))


def test_usual_music_lies_in_the_middle(usual_tags: np.ndarray) -> None:
    emotion = estimate_emotion(usual_tags, USUAL)
    assert emotion.arousal == pytest.approx(0.0, abs=0.05)
    assert emotion.valence == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    "more",
    [
        {"tempo_bpm": 150.0},
        {"loudness_lufs": -9.0},
        {"onset_rate": 11.0},
        {"percussive_share": 0.5},
        {"brightness_hz": 2400.0},
    ],
)
def test_more_of_what_excites_raises_arousal(more: dict[str, float], usual_tags: np.ndarray) -> None:
    usual = estimate_emotion(usual_tags, USUAL).arousal
    assert estimate_emotion(usual_tags, replace(USUAL, **more)).arousal > usual + 0.1


def test_minor_is_less_pleasant_than_major_and_the_more_so_the_clearer(usual_tags: np.ndarray) -> None:
    clear = replace(USUAL, key_clarity=0.9)
    major, minor = (
        estimate_emotion(usual_tags, replace(clear, mode=mode)).valence for mode in ("major", "minor")
    )
    faint = estimate_emotion(usual_tags, replace(USUAL, mode="minor", key_clarity=0.3)).valence
    assert major > faint > minor


def test_an_uncertain_tempo_counts_less(usual_tags: np.ndarray) -> None:
    fast = replace(USUAL, tempo_bpm=180.0)
    certain, uncertain = (
        estimate_emotion(usual_tags, replace(fast, tempo_confidence=value)).arousal for value in (0.5, 0.1)
    )
    assert certain > uncertain


@pytest.mark.parametrize(
    ("tag", "axis", "sign"),
    [
        ("msd:happy", "valence", 1),
        ("msd:sad", "valence", -1),
        ("mtt:loud", "arousal", 1),
        ("mtt:soft", "arousal", -1),
    ],
)
def test_a_tag_moves_its_axis(tag: str, axis: str, sign: int, usual_tags: np.ndarray) -> None:
    tagged = usual_tags.copy()
    tagged[TAGS.index(tag)] = 0.9
    moved = getattr(estimate_emotion(tagged, USUAL), axis) - getattr(
        estimate_emotion(usual_tags, USUAL), axis
    )
    assert sign * moved > 0.05


def test_silence_is_calm_and_a_number() -> None:
    emotion = estimate_emotion(
        np.zeros(100, dtype=np.float32), measure_features(np.zeros(16_000, dtype=np.float32))
    )
    assert -1.0 <= emotion.arousal < -0.3
    assert -1.0 <= emotion.valence <= 1.0
