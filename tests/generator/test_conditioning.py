from dataclasses import replace
from math import inf, nan

import pytest

from generator.conditioning import SHARES, Conditioning
from generator.emotion_map import emotion_to_music

ASKED = Conditioning(
    seconds=30, tempo_bpm=100, key=2, mode="minor", style=(0.5,) * 24, programs={"lead": 73, "bass": 33}
)


def test_a_request_survives_json() -> None:
    asked = replace(ASKED, textures=(4, 2), texture_level=0.2)
    assert Conditioning.from_json(asked.to_json()) == asked


def test_rows_come_in_the_order_of_the_score() -> None:
    assert replace(ASKED, programs={"bass": 33, "lead": 73}).rows == ("lead", "bass")


def test_a_mood_keeps_the_tempo_in_reach() -> None:
    assert replace(ASKED, tempo_bpm=185).with_mood(emotion_to_music(0, 1)).tempo_bpm == 190


def test_a_mood_keeps_instruments_and_its_band_keeps_everything_else() -> None:
    asked = replace(ASKED, programs={"lead": 24, "pad": 48, "bass": 33, "drums": 128})
    calm, lively = emotion_to_music(0, -1), emotion_to_music(0, 1)
    assert asked.with_mood(lively).programs == asked.programs
    assert asked.with_band(lively).programs == {"lead": 25, "pad": 48, "bass": 34, "drums": 128}
    assert asked.with_band(calm).programs == {"lead": 24, "pad": 49}
    assert replace(asked.with_band(calm), programs=asked.programs) == asked


@pytest.mark.parametrize(
    "impossible",
    [
        {"tempo_bpm": 20.0},
        {"mode": "dorian"},
        {"key": 12},
        {"key": 2.5},
        {"tempo_bpm": nan},
        {"style": (0.0,) * 3},
        {"style": (nan,) * 24},
        {"style": (*(0.0,) * 23, inf)},
        {"programs": {"lead": 128}},
        {"programs": {"drums": 0}},
        {"programs": {"lead": nan}},
        {"guidance_scale": nan},
        {"guidance_scale": -1.0},
        *({name: value} for name in SHARES for value in (nan, -0.1, 1.1)),
        {"programs": {}},
        {"programs": {"choir": 52}},
        {"metre": "7/8"},
        {"seconds": 0.0},
        {"seconds": nan},
        {"seconds": inf},
        {"textures": (-1,)},
        {"texture_level": 1.5},
    ],
)
def test_what_cannot_be_played_is_refused(impossible: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        replace(ASKED, **impossible)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"seconds": 30}',
        ASKED.to_json()[:-1] + ', "loudness": 3}',
        ASKED.to_json().replace("100", "NaN"),
    ],
)
def test_json_that_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Conditioning.from_json(text)
