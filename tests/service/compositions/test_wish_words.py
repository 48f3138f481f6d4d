from typing import Any

import pytest

from generator.conditioning import Conditioning
from service.compositions.instruments import ROWS, names_for
from service.compositions.wish_words import WORDS_MAX_CHARACTERS, understand
from service.compositions.wishes import Wish
from service.errors import InvalidRequest


def test_a_sentence_says_tempo_instrument_and_mood() -> None:
    read = understand("Slow piano for reading")
    assert read.wish.tempo_bpm == 72.0
    assert read.wish.instruments == {"comp": "piano"}
    assert read.wish.valence is not None
    assert read.wish.valence > 0
    assert read.wish.arousal is not None
    assert read.wish.arousal < 0
    assert [heard.words for heard in read.heard] == ["Slow", "piano", "reading"]
    assert read.unknown == ()


def test_what_is_not_known_is_given_back_and_nothing_is_guessed() -> None:
    read = understand("zorblax <script>alert(1)</script> \u202ebla")
    assert read.wish == Wish()
    assert read.heard == ()
    assert read.unknown == ("zorblax", "script", "alert", "1", "bla")


@pytest.mark.parametrize(
    ("words", "resting"),
    [
        ("no drums", {"drums"}),
        ("guitar without strings and drums", {"pad", "drums"}),
        ("no strings and a piano", {"pad"}),
        ("drumless", {"drums"}),
    ],
)
def test_what_is_not_to_play_rests(words: str, resting: set[str]) -> None:
    instruments = understand(words).wish.instruments
    assert {row for row, name in instruments.items() if name == "none"} == resting


def test_a_solo_silences_everybody_else() -> None:
    programs = understand("solo piano").wish.programs
    assert programs == {"lead": 0, "comp": 0, "pad": None, "bass": None, "drums": None}


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("two minutes", 120.0),
        ("90 seconds of rain", 90.0),
        ("a minute", 60.0),
        ("1.5 min", 90.0),
        ("long", None),
    ],
)
def test_a_length_is_read_with_its_unit(words: str, seconds: float | None) -> None:
    assert understand(words).seconds == seconds


@pytest.mark.parametrize(("words", "bpm"), [("at 95 bpm", 95.0), ("900 bpm", 190.0), ("largo", 56.0)])
def test_a_tempo_is_read_and_kept_where_music_can_be_played(words: str, bpm: float) -> None:
    assert understand(words).wish.tempo_bpm == bpm


def test_very_says_more_and_a_bit_says_less() -> None:
    arousals = [understand(words).wish.arousal for words in ("very calm", "calm", "a bit calm")]
    assert arousals == sorted(arousals, key=lambda arousal: arousal or 0.0)
    assert len(set(arousals)) == 3


def test_not_turns_a_mood_around() -> None:
    assert understand("not sad").wish.valence == pytest.approx(0.3)


def test_a_style_is_told_apart_from_a_mood() -> None:
    read = understand("jazzy hip hop")
    assert read.styles == ("jazz", "hip-hop")
    assert read.wish == Wish()


def test_the_empty_text_wants_nothing_and_too_much_text_is_refused() -> None:
    assert understand("").heard == ()
    with pytest.raises(InvalidRequest) as refused:
        understand("x" * (WORDS_MAX_CHARACTERS + 1))
    assert refused.value.code == "too_many_words"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"valence": 1.5}, "mood_out_of_range"),
        ({"arousal": float("nan")}, "mood_out_of_range"),
        ({"tempo_bpm": 400.0}, "tempo_out_of_range"),
        ({"instruments": {"lead": "none"}}, "unknown_instrument"),
        ({"instruments": {"drums": "piano"}}, "unknown_instrument"),
        ({"instruments": {"kazoo": "piano"}}, "unknown_instrument"),
    ],
)
def test_an_impossible_wish_is_refused(wanted: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Wish(**wanted)
    assert refused.value.code == code


def test_what_is_set_by_hand_counts_more_and_survives_the_queue() -> None:
    wish = Wish(tempo_bpm=90.0, instruments={"pad": "choir"}).over(understand("fast strings with flute").wish)
    assert wish.tempo_bpm == 90.0
    assert wish.instruments == {"pad": "choir", "lead": "flute"}
    assert Wish.from_payload(wish.to_payload()) == wish
    assert Wish().to_payload() is None


def test_the_generator_can_play_every_instrument_in_its_row() -> None:
    for row in ROWS:
        for name in names_for(row):
            program = Wish(instruments={row: name}).programs[row]
            programs = {"lead": 73} | ({} if program is None else {row: program})
            Conditioning(seconds=30, tempo_bpm=100, key=0, mode="major", style=(0.0,) * 24, programs=programs)
