import itertools
from dataclasses import asdict
from pathlib import Path

import pytest

from generator.emotion_map import MusicalMood, coloured_program, emotion_to_music, playing_rows
from generator.notes import DRUM_PROGRAM

BAND = {"lead": 73, "comp": 25, "pad": 48, "bass": 33, "drums": DRUM_PROGRAM}
LEVELS = [step / 10 for step in range(-10, 11)]
QUANTITIES = [name for name in MusicalMood.__dataclass_fields__ if name not in ("mode", "mixture")]


@pytest.mark.parametrize("name", QUANTITIES)
def test_more_arousal_never_asks_for_less_of_anything(name: str) -> None:
    moods = [getattr(emotion_to_music(0.2, level), name) for level in LEVELS]
    assert all(livelier > calmer for calmer, livelier in itertools.pairwise(moods))


@pytest.mark.parametrize("name", ["tempo_factor", "register", "articulation", "brightness"])
def test_more_valence_asks_for_more_speed_height_lightness_and_shine(name: str) -> None:
    moods = [getattr(emotion_to_music(level, -0.2), name) for level in LEVELS]
    assert all(happier > sadder for sadder, happier in itertools.pairwise(moods))


def test_valence_decides_the_mode_and_borrowing_is_greatest_where_it_turns() -> None:
    moods = [emotion_to_music(level, 0) for level in LEVELS]
    assert [mood.mode for mood in moods] == ["minor"] * 10 + ["major"] * 11
    mixtures = [mood.mixture for mood in moods]
    assert mixtures[10] == 1
    assert mixtures[0] == mixtures[-1] == 0
    assert mixtures == sorted(mixtures[:11]) + sorted(mixtures[11:], reverse=True)


def test_usual_music_is_left_as_it_is() -> None:
    mood = asdict(emotion_to_music(0, 0))
    assert mood.pop("tempo_factor") == 1
    assert (mood.pop("mode"), mood.pop("mixture")) == ("major", 1)
    assert set(mood.values()) == {0.5}


def test_every_mood_stays_inside_its_scale() -> None:
    for valence, arousal in itertools.product((-1, 0, 1), repeat=2):
        mood = asdict(emotion_to_music(valence, arousal))
        assert 0.6 < mood.pop("tempo_factor") < 1.6
        assert mood.pop("mode") in ("major", "minor")
        assert all(0 <= value <= 1 for value in mood.values())


def test_a_mood_outside_the_plane_is_refused() -> None:
    for valence, arousal in ((1.1, 0), (0, -1.1), (float("nan"), 0)):
        with pytest.raises(ValueError, match="between -1 and 1"):
            emotion_to_music(valence, arousal)


def test_layers_hold_each_other() -> None:
    layers = [set(playing_rows(BAND, step / 20)) for step in range(21)]
    assert all(below <= above for below, above in itertools.pairwise(layers))
    assert layers[0] == {"lead", "pad"}
    assert layers[10] == layers[-1] == set(BAND)


def test_two_pitched_rows_always_play() -> None:
    assert playing_rows({"comp": 0, "bass": 33, "drums": DRUM_PROGRAM}, 0) == {"comp": 0, "bass": 33}
    assert playing_rows({"drums": DRUM_PROGRAM, "lead": 73}, 0) == {"lead": 73}


def test_programs_change_for_a_neighbour_of_their_kind() -> None:
    assert [coloured_program(57, brightness) for brightness in (0.1, 0.5, 0.9)] == [60, 57, 56]
    assert [coloured_program(25, brightness) for brightness in (0.1, 0.5, 0.9)] == [24, 25, 25]
    assert [coloured_program(program, 0.9) for program in (104, DRUM_PROGRAM)] == [104, DRUM_PROGRAM]


def test_the_document_says_what_the_map_does() -> None:
    document = (Path(__file__).parents[2] / "docs" / "emotion-map.md").read_text(encoding="utf-8")
    told = {}
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in QUANTITIES:
            told[cells[0]] = (cells[1:4], cells[4])
    assert set(told) == set(QUANTITIES)
    for name, (by_arousal, by_valence) in told.items():
        assert by_arousal == [f"{getattr(emotion_to_music(0, arousal), name):.2f}" for arousal in (-1, 0, 1)]
        sad, happy = (getattr(emotion_to_music(valence, 0), name) for valence in (-1, 1))
        assert by_valence == ("" if sad == happy else f"{sad:.2f} to {happy:.2f}")
