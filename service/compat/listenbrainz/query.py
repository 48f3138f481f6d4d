"""What stands in a query."""

import re
from datetime import UTC, datetime

from flask import request

from service.errors import InvalidRequest

_WHOLE = re.compile(r"-?[0-9]{1,11}")
# A time of later than that is no time of a listen, and some are later than any date.
_LATEST_SECONDS = 10**10


def read_moment(name: str) -> datetime | None:
    """A moment in seconds since 1970, if it is given. Raises InvalidRequest (``bad_query``)."""
    seconds = _whole(name)
    if seconds is None:
        return None
    return datetime.fromtimestamp(min(max(seconds, 0), _LATEST_SECONDS), UTC)


def read_count(usual: int, *, most: int) -> int:
    """How many are wanted; as many as are given at once where it is more. Raises InvalidRequest (``bad_query``)."""
    count = _whole("count")
    if count is not None and count < 0:
        raise InvalidRequest("count is a number of 0 or more.", code="bad_query")
    return min(usual if count is None else count, most)


def read_offset() -> int:
    """How many are left out first. Raises InvalidRequest (``bad_query``)."""
    offset = _whole("offset") or 0
    if offset < 0:
        raise InvalidRequest("offset is a number of 0 or more.", code="bad_query")
    return offset


def read_score() -> int | None:
    """Which feedback is wanted, if not all. Raises InvalidRequest (``bad_query``)."""
    score = _whole("score")
    if score not in (None, 1, -1):
        raise InvalidRequest("score is 1 or -1.", code="bad_query")
    return score


def _whole(name: str) -> int | None:
    value = request.args.get(name)
    if value is None or value == "":
        return None
    if not _WHOLE.fullmatch(value):
        raise InvalidRequest(f"{name} is a whole number.", code="bad_query")
    return int(value)
