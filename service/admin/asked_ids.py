"""Ids that forms and addresses name: what is none is not there, and no database is asked for it."""

import re
from collections.abc import Iterable

from flask import request

_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def ids_among(asked: Iterable[str]) -> list[str]:
    """Those that can be somebody's, each once, in their order."""
    return list(dict.fromkeys(each for each in asked if _ID.fullmatch(each)))


def begin_after() -> str | None:
    """The id after which a page of a list begins; None for its beginning, and for what is no id."""
    return next(iter(ids_among([request.args.get("before", "")])), None)
