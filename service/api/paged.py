"""One page of a list as an answer."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Response, jsonify

from service.api.shapes import Answer
from service.http.paging import Page, cursor_for, next_link

Row = TypeVar("Row")


def one_more(page: Page) -> int:
    """How many rows to ask for, so that it is known whether there is another page."""
    return page.limit + 1


def paged(
    rows: Sequence[Row], page: Page, show: Callable[[Row], Answer], place: Callable[[Row], Any]
) -> Response:
    """``items`` and ``next_cursor``, with a Link header to the next page.

    ``rows`` are `one_more` than are shown where there are more; ``place`` of the last one shown, which is JSON, is
    where the next page goes on.
    """
    shown = rows[: page.limit]
    cursor = cursor_for(place(shown[-1])) if len(rows) > page.limit else None
    response = jsonify(
        items=[show(row).model_dump(mode="json") for row in shown],
        next_cursor=cursor,
    )
    response.headers.update(next_link(cursor))
    return response
