"""A method that was called, by whom, and which page of its answer is wanted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from service.accounts.viewers import Viewer
from service.errors import InvalidRequest

_DIGITS = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True)
class Call:
    """The parameters, and whose app calls."""

    parameters: Mapping[str, str]
    who: Viewer

    def check_user(self, parameter: str = "user") -> None:
        """Raises InvalidRequest (``no_such_listener``) where it is asked about somebody else."""
        if self.parameters.get(parameter, self.who.name) != self.who.name:
            raise InvalidRequest("There is no such listener.", code="no_such_listener")

    def moment(self, name: str) -> datetime | None:
        """A moment in seconds since 1970, where one is given."""
        value = self.parameters.get(name, "")
        return datetime.fromtimestamp(int(value), UTC) if _SECONDS.fullmatch(value) else None


@dataclass(frozen=True)
class Page:
    """Some of what there is; pages count from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many come before."""
        return (self.number - 1) * self.size

    def attributes(self, user: str, total: int) -> dict[str, str]:
        """As every list tells it."""
        return {
            "user": user,
            "page": str(self.number),
            "perPage": str(self.size),
            "totalPages": str(-(-total // self.size)),
            "total": str(total),
        }


def page_of(call: Call, *, most: int, usually: int = 50) -> Page:
    """The page that is wanted, as long as Last.fm's where it does not say."""
    return Page(max(1, _number(call, "page", 1)), min(max(1, _number(call, "limit", usually)), most))


def _number(call: Call, name: str, otherwise: int) -> int:
    # Some clients write "None" where they have no number.
    value = call.parameters.get(name, "")
    return int(value) if _DIGITS.fullmatch(value) else otherwise
