"""What goes wrong, by the numbers of the Subsonic API."""

from enum import IntEnum

from service.errors import Forbidden, HomespunError, InvalidRequest, NotFound, Unauthenticated


class Code(IntEnum):
    """The error codes of Subsonic 1.16.1 and OpenSubsonic."""

    GENERIC = 0
    MISSING_PARAMETER = 10
    CLIENT_TOO_OLD = 20
    SERVER_TOO_OLD = 30
    WRONG_CREDENTIALS = 40
    MECHANISM_NOT_SUPPORTED = 42
    CONFLICTING_MECHANISMS = 43
    INVALID_API_KEY = 44
    NOT_ALLOWED = 50
    NOT_FOUND = 70


class Fault(InvalidRequest):
    """A request that cannot be answered, with the number that says why."""

    def __init__(self, number: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.number = number


def number_of(error: HomespunError) -> Code:
    """The number for an error of the house."""
    if isinstance(error, Fault):
        return error.number
    for kind, number in _NUMBERS.items():
        if isinstance(error, kind):
            return number
    return Code.GENERIC


_NUMBERS: dict[type[HomespunError], Code] = {
    Unauthenticated: Code.WRONG_CREDENTIALS,
    Forbidden: Code.NOT_ALLOWED,
    NotFound: Code.NOT_FOUND,
}
