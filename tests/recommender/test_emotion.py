from dataclasses import replace

import numpy as np
import pytest

from recommender.emotion import estimate_emotion
from recommender.emotion_evidence import MOOD_TAGS, frozen_weights, read_weights
from recommender.features import Features, measure_features
from recommender.tags import TAGS

USUAL = Features(
    tempo_bpm=114.0,
    tempo_confidence=0.6,
    beat_strength=0.5,
    key=0,
    mode="major",
    key_clarity=0.6,
    onset_rate=5.0,
    percussive_share=0.27,
    loudness_lufs=-18.5,
    brightness_hz=1190.0,
    roughness=0.3,
)


@pytest.fixture
def usual_tags() -> np.ndarray:
    tags = np.full(100, 0.05)
    tags[[TAGS.index(tag) for tag in MOOD_TAGS]] = 1 / (1 + np.exp(-frozen_weights().tag_middle))
    return tags


@pytest.mark.parametrize(
    "more",
    [
        {"tempo_bpm": 150.0},
        {"loudness_lufs": -12.0},
        {"onset_rate": 8.0},
        {"percussive_share": 0.5},
        {"brightness_hz": 2000.0},
        {"beat_strength": 0.8},
        {"roughness": 0.5},
    ],
)
def test_more_of_what_excites_raises_arousal(more: dict[str, float], usual_tags: np.ndarray) -> None:
    usual = estimate_emotion(usual_tags, USUAL).arousal
    assert estimate_emotion(usual_tags, replace(USUAL, **more)).arousal > usual + 0.005


def test_loudness_alone_does_not_decide(usual_tags: np.ndarray) -> None:
    loud = estimate_emotion(usual_tags, replace(USUAL, loudness_lufs=0.0)).arousal
    assert loud - estimate_emotion(usual_tags, USUAL).arousal < 0.3


def test_minor_is_less_pleasant_than_major_and_the_more_so_the_clearer(usual_tags: np.ndarray) -> None:
    major, minor = (
        estimate_emotion(usual_tags, replace(USUAL, mode=mode)).valence for mode in ("major", "minor")
    )
    faint = [
        estimate_emotion(usual_tags, replace(USUAL, mode=mode, key_clarity=0.2)).valence
        for mode in ("major", "minor")
    ]
    assert major - minor > faint[0] - faint[1] > 0.0


def test_rough_sound_is_less_pleasant(usual_tags: np.ndarray) -> None:
    smooth, rough = (
        estimate_emotion(usual_tags, replace(USUAL, roughness=value)).valence for value in (0.1, 0.6)
    )
    assert smooth > rough


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
    assert sign * moved > 0.005


def test_an_unsure_tempo_counts_less(usual_tags: np.ndarray) -> None:
    sure, unsure = (
        estimate_emotion(usual_tags, replace(USUAL, tempo_bpm=180.0, tempo_confidence=value))
        for value in (0.9, 0.05)
    )
    assert sure.arousal > unsure.arousal


def test_an_unsure_tempo_leaves_more_open(usual_tags: np.ndarray) -> None:
    sure, unsure = (
        estimate_emotion(usual_tags, replace(USUAL, tempo_confidence=value)) for value in (0.9, 0.05)
    )
    assert unsure.arousal_uncertainty > sure.arousal_uncertainty
    assert unsure.valence_uncertainty > sure.valence_uncertainty


def test_an_unclear_key_leaves_valence_open_and_not_arousal(usual_tags: np.ndarray) -> None:
    clear, unclear = (
        estimate_emotion(usual_tags, replace(USUAL, key_clarity=value)) for value in (0.75, 0.35)
    )
    assert unclear.valence_uncertainty > clear.valence_uncertainty
    assert unclear.arousal_uncertainty == clear.arousal_uncertainty


@pytest.mark.parametrize("probability", [0.0, 1.0])
@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_estimates_stay_inside_the_axes(probability: float, extreme: float) -> None:
    features = replace(
        USUAL,
        tempo_bpm=220.0 if extreme else 1.0,
        tempo_confidence=1.0,
        beat_strength=extreme,
        key_clarity=1.0,
        onset_rate=30.0 * extreme,
        percussive_share=extreme,
        loudness_lufs=-70.0 * (1 - extreme),
        brightness_hz=8_000.0 * extreme,
        roughness=extreme,
    )
    emotion = estimate_emotion(np.full(100, probability), features)
    assert all(np.isfinite(value) for value in vars(emotion).values())
    assert max(abs(emotion.valence), abs(emotion.arousal)) < 1.0
    assert 0.0 < emotion.valence_uncertainty <= 1.0
    assert 0.0 < emotion.arousal_uncertainty <= 1.0


def test_silence_is_calm_and_a_number() -> None:
    emotion = estimate_emotion(
        np.zeros(100, dtype=np.float32), measure_features(np.zeros(16_000, dtype=np.float32))
    )
    assert -1.0 <= emotion.arousal < -0.3
    assert abs(emotion.valence) < 0.8


@pytest.mark.parametrize("tags", [np.full(100, np.nan), np.zeros(50)])
def test_tags_that_are_no_hundred_numbers_are_refused(tags: np.ndarray) -> None:
    with pytest.raises(ValueError, match="100 tag probabilities"):
        estimate_emotion(tags, USUAL)


def test_no_weight_turns_known_evidence_round() -> None:
    assert all((axis.weight > 0).all() for axis in frozen_weights().axes.values())


def test_weights_of_other_evidence_are_refused() -> None:
    with pytest.raises(ValueError, match="other tags"):
        read_weights('{"mood_tags": ["msd:rock"]}')
