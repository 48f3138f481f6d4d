import numpy as np
import pytest

from recommender.emotion import Emotion
from recommender.emotion_curve import emotion_curve
from recommender.tags import TAGS

SAMPLES = 8_000


def _emotion(valence: float, arousal: float) -> Emotion:
    return Emotion(valence, arousal, 0.3, 0.3)


@pytest.fixture
def tone() -> np.ndarray:
    return 0.1 * np.sin(2 * np.pi * 440 * np.arange(SAMPLES) / 16_000).astype(np.float32)


def _flat_tags(patches: int) -> np.ndarray:
    return np.full((patches, 100), 0.002, dtype=np.float32)


@pytest.mark.parametrize(("valence", "arousal"), [(0.0, 0.0), (-0.6, 0.9), (0.95, -0.95)])
def test_the_mean_of_the_curve_is_the_estimate_of_the_track(
    valence: float, arousal: float, tone: np.ndarray
) -> None:
    rng = np.random.default_rng(1)
    excerpts = tone * rng.uniform(0.01, 1.0, (10, 1))
    curve = emotion_curve(excerpts, rng.uniform(0, 1, (10, 100)), _emotion(valence, arousal))
    assert curve.shape == (10, 2)
    assert curve.dtype == np.float32
    assert curve.mean(axis=0) == pytest.approx([valence, arousal], abs=1e-4)
    assert np.abs(curve).max() <= 1.0


def test_a_louder_excerpt_is_more_aroused(tone: np.ndarray) -> None:
    curve = emotion_curve(np.stack([0.1 * tone, tone, 0.1 * tone]), _flat_tags(3), _emotion(0.2, 0.1))
    assert curve[1, 1] > curve[0, 1] + 0.02
    assert curve[0, 1] == pytest.approx(curve[2, 1])


def test_a_brighter_excerpt_is_more_aroused(tone: np.ndarray) -> None:
    bright = 0.1 * np.sin(2 * np.pi * 3_000 * np.arange(SAMPLES) / 16_000).astype(np.float32)
    curve = emotion_curve(np.stack([tone, bright]), _flat_tags(2), _emotion(0.0, 0.0))
    assert curve[1, 1] > curve[0, 1]


@pytest.mark.parametrize(
    ("tag", "axis", "sign"),
    [("msd:happy", 0, 1), ("msd:sad", 0, -1), ("mtt:loud", 1, 1), ("mtt:quiet", 1, -1)],
)
def test_a_word_heard_in_one_excerpt_moves_its_point(
    tag: str, axis: int, sign: int, tone: np.ndarray
) -> None:
    tags = _flat_tags(4)
    tags[2, TAGS.index(tag)] = 0.05
    curve = emotion_curve(np.stack([tone] * 4), tags, _emotion(0.0, 0.0))
    assert sign * (curve[2, axis] - curve[0, axis]) > 0.001


def test_music_that_stays_the_same_has_a_flat_curve(tone: np.ndarray) -> None:
    curve = emotion_curve(np.stack([tone] * 5), _flat_tags(5), _emotion(0.3, -0.4))
    assert curve == pytest.approx(np.tile([0.3, -0.4], (5, 1)), abs=1e-5)


def test_silence_and_a_single_short_excerpt_give_numbers() -> None:
    silent = emotion_curve(
        np.zeros((3, SAMPLES), np.float32), np.zeros((3, 100), np.float32), _emotion(0, -0.9)
    )
    assert silent == pytest.approx(np.tile([0.0, -0.9], (3, 1)), abs=1e-5)
    assert emotion_curve(np.ones((1, 10), np.float32), _flat_tags(1), _emotion(1.0, -1.0)) == pytest.approx(
        np.array([[0.98, -0.98]]), abs=1e-5
    )


@pytest.mark.parametrize(
    ("excerpts", "tags"),
    [
        (np.zeros((2, 100)), np.zeros((3, 100))),
        (np.zeros((0, 100)), np.zeros((0, 100))),
        (np.zeros(100), np.zeros((1, 100))),
        (np.full((1, 100), np.nan), np.zeros((1, 100))),
        (np.zeros((1, 100)), np.full((1, 100), np.inf)),
    ],
)
def test_excerpts_that_do_not_fit_their_tags_are_refused(excerpts: np.ndarray, tags: np.ndarray) -> None:
    with pytest.raises(ValueError, match="emotion curve"):
        emotion_curve(excerpts, tags, _emotion(0.0, 0.0))
