"""Lists a page at a time."""

from typing import Any
from urllib.parse import urlencode

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, Field

from service.errors import NotFound
from service.http.authentication import viewer


class Page(BaseModel):
    """What a listing is asked for: at most ``limit`` things, beginning after the place that ``cursor`` stands for."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="How many at most.")
    cursor: str | None = Field(
        default=None,
        description="Where to go on, as the answer before it said in `next_cursor`.",
    )

    def after(self) -> Any:
        """The place that was given to `cursor_for`, or None at the beginning. Raises NotFound (``bad_cursor``)."""
        if self.cursor is None:
            return None
        try:
            return _serializer().loads(self.cursor)
        except BadData as error:
            # As with ids: somebody else's is not there.
            raise NotFound("There is no such page.", code="bad_cursor") from error


def cursor_for(place: Any) -> str:
    """A cursor that goes on after ``place``, which is JSON. It is good for this listener and this list only."""
    return _serializer().dumps(place)


def next_link(cursor: str | None) -> dict[str, str]:
    """The ``Link`` header to the next page; none after the last one."""
    if cursor is None:
        return {}
    query = {**request.args.to_dict(), "cursor": cursor}
    return {"Link": f'<{request.script_root}{request.path}?{urlencode(query)}>; rel="next"'}


def _serializer() -> "URLSafeSerializer":
    salt = f"cursor {request.endpoint} {viewer().user_id}"
    return URLSafeSerializer(current_app.secret_key or b"", salt=salt)
