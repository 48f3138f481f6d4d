"""What an app asked with: in the query, or in a form that it posted. What is not known is ignored, as the API has it."""

from datetime import UTC, datetime

from flask import request

from service.compat.opensubsonic.faults import Code, Fault
from service.library.shelves import Shelf
from service.store.texts import is_text

SHELVES: dict[int, Shelf] = {1: "catalogue", 2: "composed"}
SHELF_NAMES: dict[Shelf, str] = {"catalogue": "Music", "composed": "Composed for me"}
_MOST_DIGITS = 15
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


def text(name: str) -> str | None:
    """The parameter, where it says anything."""
    value = request.values.get(name)
    if value and not is_text(value):
        raise Fault(Code.GENERIC, f"The parameter {name} is no text.")
    return value or None


def text_or_nothing(name: str) -> str | None:
    """The parameter, which may be there and say nothing."""
    return text(name) or request.values.get(name)


def needed(name: str) -> str:
    """The parameter. Raises Fault where it is missing."""
    value = text(name)
    if value is None:
        raise Fault(Code.MISSING_PARAMETER, f"The parameter {name} is missing.")
    return value


def texts(name: str) -> list[str]:
    """The parameter as often as it was given."""
    return [value for value in request.values.getlist(name) if value and is_text(value)]


def whole(name: str, default: int, *, most: int | None = None) -> int:
    """A number from 0; more than ``most`` is taken for that. Raises Fault for what is none."""
    value = text(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS):
        raise Fault(Code.GENERIC, f"The parameter {name} is a whole number from 0.")
    return int(value) if most is None else min(int(value), most)


def flag(name: str, *, default: bool) -> bool:
    """Yes or no. Raises Fault for what is neither."""
    value = (text(name) or str(default)).lower()
    if value not in ("true", "false", "1", "0"):
        raise Fault(Code.GENERIC, f"The parameter {name} is true or false.")
    return value in ("true", "1")


def shelf() -> Shelf | None:
    """The music folder that is asked about, where one is named. Raises Fault for one that does not exist."""
    number = whole("musicFolderId", 0)
    if number and number not in SHELVES:
        raise Fault(Code.NOT_FOUND, "There is no such music folder.")
    return SHELVES.get(number)


def moments(name: str) -> list[datetime]:
    """Moments in milliseconds since 1970. Raises Fault for what is none."""
    found = []
    for value in texts(name):
        if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS):
            raise Fault(Code.GENERIC, f"The parameter {name} is a number of milliseconds since 1970.")
        found.append(datetime.fromtimestamp(min(int(value) / 1000, _LATEST.timestamp()), UTC))
    return found


def app() -> str:
    """What the app calls itself."""
    return text("c") or "an app"
