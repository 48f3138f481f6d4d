import itertools
from dataclasses import astuple, replace

import pytest

from generator.conditioning import Conditioning, emotion_to_music

ASKED = Conditioning(
    seconds=30, tempo_bpm=100, key=2, mode="minor", style=(0.5,) * 24, programs={"lead": 73, "bass": 33}
)


def test_arousal_raises_tempo_density_articulation_and_dynamics() -> None:
    moods = [emotion_to_music(0.2, step / 10) for step in range(-10, 11)]
    for calmer, livelier in itertools.pairwise(moods):
        for name in ("tempo_factor", "density", "articulation", "dynamics"):
            assert getattr(livelier, name) > getattr(calmer, name)


def test_valence_raises_register_and_decides_the_mode() -> None:
    assert emotion_to_music(0.7, 0).register > emotion_to_music(-0.7, 0).register
    assert (emotion_to_music(0.7, 0).mode, emotion_to_music(-0.7, 0).mode) == ("major", "minor")


def test_every_mood_stays_inside_its_scale() -> None:
    for valence, arousal in itertools.product((-1, 0, 1), repeat=2):
        mood = emotion_to_music(valence, arousal)
        assert all(0 <= value <= 1 for value in astuple(mood)[2:])
        assert 0.8 <= mood.tempo_factor <= 1.2


def test_a_mood_outside_the_plane_is_refused() -> None:
    with pytest.raises(ValueError, match="between -1 and 1"):
        emotion_to_music(1.1, 0)


def test_a_request_survives_json() -> None:
    assert Conditioning.from_json(ASKED.to_json()) == ASKED


def test_rows_come_in_the_order_of_the_score() -> None:
    assert replace(ASKED, programs={"bass": 33, "lead": 73}).rows == ("lead", "bass")


def test_a_mood_keeps_the_tempo_in_reach() -> None:
    assert replace(ASKED, tempo_bpm=185).with_mood(emotion_to_music(0, 1)).tempo_bpm == 190


@pytest.mark.parametrize(
    "impossible",
    [
        {"tempo_bpm": 20.0},
        {"mode": "dorian"},
        {"key": 12},
        {"style": (0.0,) * 3},
        {"programs": {}},
        {"programs": {"choir": 52}},
        {"metre": "7/8"},
        {"seconds": 0.0},
    ],
)
def test_what_cannot_be_played_is_refused(impossible: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        replace(ASKED, **impossible)
