"""An id for each request, under which the log tells what happened; answers carry it in ``X-Request-Id``."""

import secrets
from typing import cast

from flask import g

_ID_BYTES = 8


def request_id() -> str:
    """Of the present request. It is always our own: what a client sends could begin lines of its own in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(_ID_BYTES)
    return cast(str, g.request_id)
