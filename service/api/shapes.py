"""What requests and answers are made of: strict in what is taken, exact in what is given."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

ID_PATTERN = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", flags=re.ASCII
)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("a time looks like 2026-11-22T20:15:00Z: RFC 3339, with its zone")
    # Python 3.11 reads six digits of a second at most.
    moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper()))
    # In UTC a time of the first or last year may lie beyond what a calendar here can hold.
    if not 2 <= moment.year <= 9998:
        raise ValueError("a time lies in the years 2 to 9998")
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time as RFC 3339 writes it, with its zone."""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
WholeNumber = Annotated[int, Whole]
"""A whole number; 3.0 is one, as JSON has it."""

Id = Annotated[str, Field(pattern=ID_PATTERN, examples=["01JD9K3V5T8W2XQ4Z6N7M8P9RS"])]
"""A ULID."""


class Body(BaseModel):
    """A request's body: nothing unknown, no type mended, no number that is none."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """A request's query. Everything in it is text, so numbers are read from text."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Answer(BaseModel):
    """An answer's body, read from a row or from plain JSON; what it does not name is not told."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class TrackAnswer(Answer):
    """A track. Its sound is at ``tracks/{id}/stream``, its picture at ``cover``, its outline at ``waveform``."""

    id: Id
    title: str
    artist: str | None
    album: str | None
    duration_seconds: float
    origin: Literal["catalogue", "composed"]
    gain_db: float | None = Field(description="What a player adds so that all tracks sound equally loud.")
    thumb: Literal["up", "down"] | None = None
