"""The fields of a row, read strictly: what is not as it should be makes the row one that cannot be read."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

from service.listening.history_files.rows import FailedRow, HistoryRow

# Nothing is older: before Last.fm began, a time is a clock that was never set. ListenBrainz has the same bound.
OLDEST = datetime(2002, 10, 1, tzinfo=UTC)
NAME_MAX_CHARACTERS = 1_000
LONGEST_SECONDS = 24 * 86_400.0
_NEWEST_SECONDS = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
MBID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISRC = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{3}\d{7}", re.ASCII)

Told = TypeVar("Told")


class RowProblem(ValueError):  # noqa: N818  # named for what it says of a row
    """A row that cannot be used; the message says why."""


def parsed(parse: Callable[[Told], HistoryRow], told: Told, file: str, line: int) -> HistoryRow:
    """The row, or where it stands and why it cannot be read."""
    try:
        return parse(told)
    except RowProblem as problem:
        return FailedRow(file, line, str(problem))


def dictionary(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def required_text(value: Any, name: str) -> str:
    """Text that says something. Raises RowProblem."""
    text = optional_text(value)
    if text is None:
        raise RowProblem(f"no {name}")
    if len(text) > NAME_MAX_CHARACTERS:
        raise RowProblem(f"{name} is longer than {NAME_MAX_CHARACTERS} characters")
    return text


def optional_text(value: Any) -> str | None:
    """Text without blanks around it, None where there is none or it is no text."""
    if not isinstance(value, str):
        return None
    # NUL and lone surrogates, which are no characters, are what databases cannot hold.
    return value.replace("\x00", "").encode("utf-8", "ignore").decode().strip() or None


def album_text(value: Any) -> str | None:
    """As `optional_text`; an album's name that is too long to be one is left out."""
    text = optional_text(value)
    return text if text is not None and len(text) <= NAME_MAX_CHARACTERS else None


def number(value: Any, name: str) -> float:
    """A finite number, also where it is written as text. Raises RowProblem."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RowProblem(f"{name} is not a number")
    try:
        read = float(value)
    except (ValueError, OverflowError) as error:
        raise RowProblem(f"{name} is not a number") from error
    if not math.isfinite(read):
        raise RowProblem(f"{name} is not a number")
    return read


def optional_number(value: Any, highest: float) -> float | None:
    """A number from 0 to ``highest``, None for anything else: players send many that mean nothing."""
    try:
        read = number(value, "number")
    except RowProblem:
        return None
    return read if 0 <= read <= highest else None


def optional_seconds(value: Any) -> float | None:
    """A length in seconds, None where it is none."""
    return optional_number(value, LONGEST_SECONDS)


def seconds_of_milliseconds(value: Any) -> float | None:
    """A length told in milliseconds, in seconds; None where it is none."""
    milliseconds = optional_number(value, LONGEST_SECONDS * 1000)
    return None if milliseconds is None else milliseconds / 1000


def moment(value: Any, name: str) -> datetime:
    """A time told in seconds since 1970, UTC. Raises RowProblem."""
    seconds = number(value, name)
    if not 0 <= seconds <= _NEWEST_SECONDS:
        raise RowProblem(f"{name} is not a time")
    return datetime.fromtimestamp(int(seconds), UTC)


def iso_moment(value: Any, name: str, zone: tzinfo = UTC) -> datetime:
    """A time as ISO 8601 writes it, in UTC; of one that names no zone it is ``zone``. Raises RowProblem."""
    if not isinstance(value, str) or not value.isascii() or not 10 < len(value.strip()) <= 40:
        raise RowProblem(f"{name} is not a time")
    # Python 3.11 reads six digits of a second at most.
    text = re.sub(r"(\.\d{6})\d+", r"\1", value.strip().upper().removesuffix(" UTC"))
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise RowProblem(f"{name} is not a time") from error
    return in_utc(read, name, zone)


def in_utc(read: datetime, name: str, zone: tzinfo = UTC) -> datetime:
    """The time in UTC; of one without a zone it is ``zone``. Raises RowProblem where the calendar ends."""
    if not 1970 <= read.year < 2100:
        raise RowProblem(f"{name} is not a time")
    with_zone = read if read.tzinfo is not None else read.replace(tzinfo=zone)
    try:
        return with_zone.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise RowProblem(f"{name} is not a time") from error


def code(value: Any, pattern: re.Pattern[str]) -> str | None:
    """A well-formed code; clients send many that are not, and a listen is worth keeping without one."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def isrc(value: Any) -> str | None:
    """An ISRC without its hyphens, None where it is none."""
    return code(value.replace("-", "").strip(), _ISRC) if isinstance(value, str) else None
