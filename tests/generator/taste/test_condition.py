from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generator.taste.anchors import AnchorTable
from generator.taste.condition import ARMS, DEFAULT_BAND, TasteSound, condition_for

TASTE = TasteSound(
    vectors=np.array([[1, 0, 0]] * 4, dtype=np.float32),
    tempo_bpm=np.array([118.0, 120.0, 122.0, 124.0]),
    tempo_confidence=np.full(4, 0.5),
    key=np.zeros(4, dtype=np.int64),
    key_clarity=np.full(4, 0.8),
    is_major=np.ones(4, dtype=bool),
    percussive_share=np.full(4, 0.3),
    valence=0.4,
    arousal=0.6,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def anchors() -> AnchorTable:
    """Four hundred bands near the taste, numbered by their styles, and as many pianos in three far away."""
    near = np.arange(800) < 400
    return AnchorTable(
        vectors=np.where(near[:, None], [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]).astype(np.float32),
        styles=np.arange(800, dtype=np.float32)[:, None] * np.ones((1, 24), np.float32),
        programs=np.where(near[:, None], [[62, 25, 48, 35, 128]], [[0, 0, -1, -1, -1]]),
        tempo_bpm=np.full(800, 120.0, dtype=np.float32),
        is_minor=np.arange(800) % 2 == 1,
        metre=np.where(near, 0, 1),
        hubness=np.zeros(800, dtype=np.float32),
        source_styles=tuple(np.where(near, "rock", "chamber").tolist()),
        credits=tuple(np.where(near, "a band", "a pianist").tolist()),
    )


def test_a_taste_is_translated_into_its_tempo_key_mode_and_band(anchors: AnchorTable) -> None:
    asked = condition_for(TASTE, anchors, 30.0, rng())
    assert asked.tempo_bpm in TASTE.tempo_bpm
    assert (asked.key, asked.mode, asked.metre, asked.seconds) == (0, "major", "4/4", 30.0)
    assert asked.programs == {"lead": 62, "comp": 25, "pad": 48, "bass": 35, "drums": 128}
    assert asked.credits == ("a band",)
    # the mean of anchors in major alone, which have even numbers
    assert asked.style[0] == 15.0


def test_each_arm_asks_for_more_than_the_one_before(anchors: AnchorTable) -> None:
    by_arm = {arm: condition_for(TASTE, anchors, 30.0, rng(), arm=arm) for arm in ARMS}
    neutral = (399.5,) * 24
    assert by_arm["tempo"].programs == DEFAULT_BAND
    assert by_arm["tempo"].credits == ()
    assert by_arm["programs"].programs == by_arm["full"].programs != DEFAULT_BAND
    assert [by_arm[arm].style == neutral for arm in ARMS] == [True, True, True, False]
    assert [len(by_arm[arm].textures) for arm in ARMS] == [0, 0, 3, 3]
    assert len({(each.tempo_bpm, each.key, each.mode) for each in by_arm.values()}) == 1


def test_a_clear_majority_decides_the_mode_and_valence_where_there_is_none(anchors: AnchorTable) -> None:
    minor, divided = np.zeros(4, dtype=bool), np.array([True, True, False, False])

    def mode(**changes: Any) -> str:
        return condition_for(replace(TASTE, **changes), anchors, 30.0, rng()).mode

    assert mode(is_major=minor, valence=0.9) == "minor"
    assert mode(is_major=divided, valence=0.9) == "major"
    assert mode(is_major=divided, valence=-0.9) == "minor"


@pytest.mark.parametrize("arm", ARMS)
def test_arousal_moves_dynamics_and_the_tempo_by_octaves_alone_and_density_without_a_texture(
    anchors: AnchorTable, arm: str
) -> None:
    calm, lively = (
        condition_for(
            replace(TASTE, arousal=arousal, tempo_bpm=np.full(4, 150.0)), anchors, 30.0, rng(), arm=arm
        )
        for arousal in (-0.8, 0.8)
    )
    if calm.textures:
        assert (calm.density, calm.drum_intensity) == (lively.density, lively.drum_intensity) == (0.5, 0.5)
    else:
        assert lively.density > calm.density
        assert lively.drum_intensity > calm.drum_intensity
    assert lively.dynamics > calm.dynamics
    assert (calm.tempo_bpm, lively.tempo_bpm) == (75.0, 150.0)


@pytest.mark.parametrize(
    ("heard_bpm", "asked_bpm"), [(240.0, 120.0), (40.0, 80.0), (1000.0, 125.0), (10.0, 80.0)]
)
def test_tempos_the_engines_do_not_know_move_by_octaves(
    anchors: AnchorTable, heard_bpm: float, asked_bpm: float
) -> None:
    heard = replace(TASTE, tempo_bpm=np.full(4, heard_bpm), arousal=0.0)
    assert condition_for(heard, anchors, 30.0, rng()).tempo_bpm == asked_bpm


def test_drums_play_where_the_taste_is_surely_percussive(anchors: AnchorTable) -> None:
    still = replace(TASTE, percussive_share=np.full(4, 0.02))
    assert "drums" not in condition_for(still, anchors, 30.0, rng()).programs
    assert "drums" in condition_for(TASTE, anchors, 30.0, rng()).programs


def test_the_same_seed_asks_for_the_same_and_other_seeds_vary(anchors: AnchorTable) -> None:
    pulled = replace(
        TASTE,
        vectors=np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]], dtype=np.float32),
        percussive_share=np.full(4, 0.16),
    )
    asked = [condition_for(pulled, anchors, 30.0, np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4, 5)]
    assert asked[0] == asked[1]
    assert len({each.style for each in asked}) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vectors": np.zeros((0, 3), np.float32)}, "at least one track"),
        ({"tempo_bpm": np.array([118.0, np.nan, 122.0, 124.0])}, "finite"),
        ({"vectors": np.full((4, 3), np.inf, np.float32)}, "finite"),
        ({"tempo_bpm": np.array([118.0, 0.0, 122.0, 124.0])}, "between 10 and 1000"),
        ({"key": np.zeros(3, np.int64)}, "3 values of key"),
        ({"arousal": float("nan")}, "finite"),
    ],
)
def test_a_taste_that_says_nothing_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(TASTE, **changes)


def test_vectors_of_another_encoder_and_unknown_arms_are_refused(anchors: AnchorTable) -> None:
    with pytest.raises(ValueError, match="tracks, 3"):
        condition_for(replace(TASTE, vectors=np.eye(4, dtype=np.float32)), anchors, 30.0, rng())
    with pytest.raises(ValueError, match="length one"):
        condition_for(replace(TASTE, vectors=3 * TASTE.vectors), anchors, 30.0, rng())
    with pytest.raises(ValueError, match="an arm is one of"):
        condition_for(TASTE, anchors, 30.0, rng(), arm="timbre")
