"""What a piece can be wished to be, as requests and answers have it."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from service.api.shapes import Answer, Body, Id, Query, Whole
from service.compositions.instruments import names_for
from service.compositions.requests import LONGEST_SECONDS, SHORTEST_SECONDS
from service.compositions.wish_words import WORDS_MAX_CHARACTERS
from service.compositions.wishes import FASTEST_BPM, SLOWEST_BPM
from service.operations.job_requests import LARGEST_SEED
from service.store.texts import NO_NUL


def _player(row: str) -> Any:
    """One of the instruments that can play this row."""
    names = names_for(row)

    def read(name: str) -> str:
        if name not in names:
            raise ValueError(f"one of {', '.join(names)} is expected")
        return name

    return Annotated[str, AfterValidator(read), WithJsonSchema({"type": "string", "enum": list(names)})]


class Mood(Body):
    """Where the piece lies between dark and bright, calm and lively."""

    valence: float = Field(ge=-1, le=1)
    arousal: float = Field(ge=-1, le=1)


class Players(Body):
    """By row, who plays it; `none` lets it rest, and a row that is not named is the taste's to fill."""

    lead: _player("lead") | None = Field(default=None, description="The tune.")  # type: ignore[valid-type]  # made of the instruments there are
    comp: _player("comp") | None = Field(default=None, description="The chords.")  # type: ignore[valid-type]  # as above
    pad: _player("pad") | None = Field(default=None, description="Long chords.")  # type: ignore[valid-type]  # as above
    bass: _player("bass") | None = None  # type: ignore[valid-type]  # as above
    drums: _player("drums") | None = None  # type: ignore[valid-type]  # as above


class HeardWords(Answer):
    """Some of the words, and what they were taken to mean."""

    words: str
    meaning: str


class UnderstoodWords(Answer):
    """What the words of a wish say here, and which of them say nothing."""

    heard: list[HeardWords]
    unknown: list[str]


class WordsQuery(Query):
    """The words."""

    words: str = Field(max_length=WORDS_MAX_CHARACTERS, pattern=NO_NUL, examples=["slow piano for reading"])


class CompositionWish(Body):
    """What to compose; all of it may be left out."""

    words: str = Field(
        default="",
        max_length=WORDS_MAX_CHARACTERS,
        pattern=NO_NUL,
        description="A mood, a tempo, instruments, a style and a length in plain words; the fields beside it count more.",
        examples=["slow piano for reading, no drums"],
    )
    cluster_id: Id | None = Field(
        default=None, description="For which taste; else the one the words name, or the largest."
    )
    seconds: float | None = Field(
        default=None, ge=SHORTEST_SECONDS, le=LONGEST_SECONDS, description="Else what the words say, or 60."
    )
    mood: Mood | None = Field(default=None, description="Else the taste's own.")
    tempo_bpm: float | None = Field(
        default=None, ge=SLOWEST_BPM, le=FASTEST_BPM, description="Else as the taste suggests."
    )
    instruments: Players | None = Field(default=None, description="Who plays what.")
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED), Whole] | None = Field(
        default=None, description="The same seed, the same notes."
    )
