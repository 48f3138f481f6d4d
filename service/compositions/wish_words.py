"""Plain words such as "slow piano for reading, no drums, two minutes", read as a wish; pure, and without a model.

Words are looked up, the longest phrase first. A phrase says where the music lies between dark and bright and between calm and
lively (the quadrants of J. Russell, "A circumplex model of affect", Journal of Personality and Social Psychology 39, 1980), how
fast it is, who plays, what the style is called or how long it lasts. What is not known is given back as such: nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from service.compositions.instruments import BY_NAME, NONE, ROWS
from service.compositions.wish_vocabulary import (
    DEGREES,
    GOES_ON,
    INSTRUMENT_WORDS,
    LEFT_OUT,
    LONGEST_PHRASE,
    MOODS,
    NOT,
    NUMBERS,
    SILENT,
    SOLO,
    STYLES,
    TEMPI,
    UNITS_SECONDS,
    WITHOUT,
)
from service.compositions.wishes import FASTEST_BPM, SLOWEST_BPM, Wish
from service.errors import InvalidRequest

WORDS_MAX_CHARACTERS = 500

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019&-][^\W\d_]+)*|\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Heard:
    """Some of the words, as they were written, and what they were taken to mean."""

    words: str
    meaning: str


@dataclass(frozen=True)
class Understood:
    """What a sentence was taken to mean. `styles` are names of music, which choose among a listener's tastes."""

    wish: Wish
    seconds: float | None
    styles: tuple[str, ...]
    heard: tuple[Heard, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class _Token:
    written: str
    word: str


class _Reading:
    """What has been found so far, word by word."""

    def __init__(self) -> None:
        self.moods: list[tuple[float | None, float | None]] = []
        self.tempo_bpm: float | None = None
        self.seconds: float | None = None
        self.instruments: dict[str, str] = {}
        self.styles: list[str] = []
        self.heard: list[Heard] = []
        self.unknown: list[str] = []
        self.degree = 1.0
        self.turned = False
        self.without = False
        self.solo = False

    def note(self, tokens: Iterable[_Token], meaning: str) -> None:
        self.heard.append(Heard(" ".join(token.written for token in tokens), meaning))
        self.degree, self.turned, self.without = 1.0, False, False


def understand(text: str) -> Understood:
    """Read a listener's words; raises InvalidRequest (``too_many_words``) for a text that is too long."""
    if len(text) > WORDS_MAX_CHARACTERS:
        raise InvalidRequest(f"Say it in at most {WORDS_MAX_CHARACTERS} characters.", code="too_many_words")
    tokens = [_Token(found[0], _plain(found[0])) for found in _TOKEN.finditer(text)]
    reading, place = _Reading(), 0
    while place < len(tokens):
        place += _read(tokens, place, reading)
    _settle_solo(reading)
    valence, arousal = _mean_mood(reading.moods)
    return Understood(
        Wish(valence, arousal, reading.tempo_bpm, reading.instruments),
        reading.seconds,
        tuple(dict.fromkeys(reading.styles)),
        tuple(reading.heard),
        tuple(dict.fromkeys(reading.unknown)),
    )


def mood_words(valence: float, arousal: float) -> str:
    """A few words for a place on the plane of emotions (-1 to 1 each)."""
    return f"{_shade(valence, 'bright', 'dark')}, {_shade(arousal, 'lively', 'calm')}"


def _shade(value: float, above: str, below: str) -> str:
    if abs(value) < 0.12:
        return f"neither {below} nor {above}"
    word = above if value > 0 else below
    return f"very {word}" if abs(value) > 0.7 else word if abs(value) > 0.35 else f"rather {word}"


def _plain(written: str) -> str:
    letters = unicodedata.normalize("NFKD", written).casefold().replace("\u2019", "'")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _read(tokens: list[_Token], place: int, reading: _Reading) -> int:
    """Take the longest phrase that begins here; returns how many words it has."""
    measured = _measure(tokens, place, reading)
    if measured:
        return measured
    for length in range(min(LONGEST_PHRASE, len(tokens) - place), 0, -1):
        taken = tokens[place : place + length]
        if _take(" ".join(token.word for token in taken), taken, reading):
            return length
    return 1


def _measure(tokens: list[_Token], place: int, reading: _Reading) -> int:
    """A number and its unit: "120 bpm", "two minutes"; 0 where there is none."""
    if place + 1 >= len(tokens):
        return 0
    number, unit = _number(tokens[place].word), tokens[place + 1].word
    taken = tokens[place : place + 2]
    if number is None or (unit != "bpm" and unit not in UNITS_SECONDS):
        return 0
    if unit == "bpm":
        reading.tempo_bpm = min(max(number, SLOWEST_BPM), FASTEST_BPM)
        reading.note(taken, f"tempo {reading.tempo_bpm:.0f} bpm")
    else:
        reading.seconds = number * UNITS_SECONDS[unit]
        reading.note(taken, f"length {reading.seconds:.0f} s")
    return 2


def _number(word: str) -> float | None:
    return float(word.replace(",", ".")) if word[0].isdecimal() and word.isascii() else NUMBERS.get(word)


def _take(phrase: str, taken: list[_Token], reading: _Reading) -> bool:
    """Note what this phrase says; False where it is a phrase of several words that says nothing."""
    for table, take in _TAKERS:
        if phrase in table:
            take(phrase, taken, reading)
            return True
    if len(taken) > 1:
        return False
    if phrase in LEFT_OUT:
        reading.without = reading.without and phrase in GOES_ON
    else:
        reading.unknown.append(taken[0].written)
    return True


def _take_silence(phrase: str, taken: list[_Token], reading: _Reading) -> None:
    for row in SILENT[phrase]:
        reading.instruments[row] = NONE
    reading.note(taken, "the drums rest")


def _take_style(phrase: str, taken: list[_Token], reading: _Reading) -> None:
    reading.styles.append(STYLES[phrase])
    reading.note(taken, f"style: {STYLES[phrase]}")


def _take_sign(phrase: str, taken: list[_Token], reading: _Reading) -> None:
    """Words that say something of the next one, or of all: "very", "not", "without", "solo"."""
    del taken
    reading.degree = DEGREES.get(phrase, reading.degree)
    reading.turned = reading.turned or phrase in NOT
    reading.without = reading.without or phrase in WITHOUT
    reading.solo = reading.solo or phrase in SOLO


def _take_instrument(phrase: str, taken: list[_Token], reading: _Reading) -> None:
    name = INSTRUMENT_WORDS[phrase]
    instrument = BY_NAME[name]
    if reading.without or reading.turned:
        # What carries the tune cannot rest: it is left to the taste, which seldom has it there.
        rows = [row for row in instrument.rows if row != "lead" and row not in reading.instruments][:1]
        for row in rows:
            reading.instruments[row] = NONE
        # "Without strings and drums" goes on being without.
        without, meaning = (
            reading.without,
            f"no {name}" if rows else f"{name} cannot be kept away for certain",
        )
        reading.note(taken, meaning)
        reading.without = without
        return
    free = [row for row in instrument.rows if row not in reading.instruments]
    row = (free or list(instrument.rows))[0]
    reading.instruments[row] = name
    reading.note(taken, f"{name} plays {_ROW_WORDS[row]}")


_ROW_WORDS = {
    "lead": "the tune",
    "comp": "the chords",
    "pad": "the long chords",
    "bass": "the bass",
    "drums": "along",
}


def _take_tempo(phrase: str, taken: list[_Token], reading: _Reading) -> None:
    bpm, arousal = TEMPI[phrase]
    octaves = (reading.degree - 1.0) * 0.4 * (1 if bpm > 100 else -1)
    if reading.turned:
        octaves, arousal = 0.0, -arousal / 2
        bpm = 100.0
    reading.tempo_bpm = min(max(bpm * 2.0**octaves, SLOWEST_BPM), FASTEST_BPM)
    reading.moods.append((None, arousal))
    reading.note(taken, f"tempo {reading.tempo_bpm:.0f} bpm")


def _take_mood(phrase: str, taken: list[_Token], reading: _Reading) -> None:
    sign = -0.6 if reading.turned else 1.0
    valence, arousal = (
        None if value is None else min(max(value * sign * reading.degree, -1.0), 1.0)
        for value in MOODS[phrase]
    )
    reading.moods.append((valence, arousal))
    said = [
        words
        for words in (
            None if valence is None else _shade(valence, "bright", "dark"),
            None if arousal is None else _shade(arousal, "lively", "calm"),
        )
        if words
    ]
    reading.note(taken, f"mood: {', '.join(said)}")


_TAKERS: tuple[tuple[Container[str], Callable[[str, list[_Token], _Reading], None]], ...] = (
    (SILENT, _take_silence),
    (INSTRUMENT_WORDS, _take_instrument),
    (TEMPI, _take_tempo),
    (MOODS, _take_mood),
    (STYLES, _take_style),
    ({*DEGREES, *NOT, *WITHOUT, *SOLO}, _take_sign),
)


def _settle_solo(reading: _Reading) -> None:
    """ "Solo piano": whoever was named plays tune and chords, and everything else rests."""
    named = [name for row, name in reading.instruments.items() if name != NONE and row != "drums"]
    if not reading.solo or not named:
        return
    instrument = BY_NAME[named[0]]
    playing = {row: named[0] for row in instrument.rows if row in ("lead", "comp")}
    reading.instruments = {**{row: NONE for row in ROWS if row != "lead"}, **playing}
    reading.heard.append(Heard("solo", f"nobody but the {named[0]} plays"))


def _mean_mood(
    moods: list[tuple[float | None, float | None]],
) -> tuple[float | None, float | None]:
    """The mean of what was said on each axis; None on one of which nothing was said."""
    bright = [valence for valence, _ in moods if valence is not None]
    lively = [arousal for _, arousal in moods if arousal is not None]
    return _mean(bright), _mean(lively)


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None
