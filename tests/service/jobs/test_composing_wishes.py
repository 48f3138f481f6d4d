from dataclasses import replace

import numpy as np
import pytest

from generator.conditioning import Conditioning
from generator.taste.condition import TasteSound
from service.compositions.wishes import Wish
from service.jobs.composing_wishes import as_wished

BAND = {"lead": 73, "comp": 0, "pad": 48, "bass": 32, "drums": 128}
TASTE = TasteSound(
    vectors=np.array([[1, 0, 0]], dtype=np.float32),
    tempo_bpm=np.array([100.0]),
    tempo_confidence=np.ones(1),
    key=np.zeros(1, dtype=np.int64),
    key_clarity=np.ones(1),
    is_major=np.ones(1, dtype=np.bool_),
    percussive_share=np.array([0.3]),
    valence=0.2,
    arousal=0.0,
)
ASKED = Conditioning(seconds=30, tempo_bpm=100, key=0, mode="major", style=(0.1,) * 24, programs=BAND)


def test_nothing_wished_changes_nothing() -> None:
    assert as_wished(ASKED, Wish(), TASTE) == ASKED


def test_a_calm_and_dark_wish_is_slower_sparser_minor_and_without_drums() -> None:
    wished = as_wished(ASKED, Wish(valence=-0.7, arousal=-0.9), TASTE)
    assert wished.tempo_bpm < 80
    assert wished.density < 0.3
    assert wished.mode == "minor"
    assert "drums" not in wished.programs


def test_a_wish_for_the_mood_that_a_taste_has_changes_neither_density_nor_tempo() -> None:
    asked = replace(ASKED, density=0.62, drum_intensity=0.4)
    wished = as_wished(asked, Wish(valence=TASTE.valence, arousal=TASTE.arousal), TASTE)
    assert (wished.density, wished.drum_intensity, wished.tempo_bpm) == (0.62, 0.4, ASKED.tempo_bpm)
    assert as_wished(asked, Wish(arousal=0.5), TASTE).density > 0.62


def test_only_how_lively_it_is_leaves_the_mode_alone() -> None:
    wished = as_wished(ASKED, Wish(arousal=0.8), TASTE)
    assert (wished.mode, wished.mixture) == (ASKED.mode, ASKED.mixture)
    assert wished.tempo_bpm > ASKED.tempo_bpm


def test_a_tempo_is_kept_exactly_whatever_the_mood() -> None:
    assert as_wished(ASKED, Wish(arousal=0.9, tempo_bpm=70.0), TASTE).tempo_bpm == 70.0


def test_instruments_are_exchanged_and_rest_row_by_row() -> None:
    wished = as_wished(ASKED, Wish(instruments={"comp": "guitar", "drums": "none"}), TASTE)
    assert wished.programs == {"lead": 73, "comp": 24, "pad": 48, "bass": 32}


@pytest.mark.parametrize("arousal", [-1.0, -0.3, 0.4, 1.0])
def test_whoever_is_asked_for_plays_in_every_mood(arousal: float) -> None:
    wished = as_wished(ASKED, Wish(arousal=arousal, instruments={"drums": "drums", "lead": "violin"}), TASTE)
    assert wished.programs["drums"] == 128
    assert wished.programs["lead"] == 40
