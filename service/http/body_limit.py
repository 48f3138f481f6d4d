"""How much may be sent."""

from flask import Flask, request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge

_MAX_BYTES = 1_000_000


def install_body_limit(app: Flask) -> None:
    """Refuse a body of more than a megabyte, or of untold length, before any of it is read."""
    app.before_request(_refuse_large)


def _refuse_large() -> None:
    if (request.content_length or 0) > _MAX_BYTES:
        raise RequestEntityTooLarge
    # Werkzeug would cut it off at its limit, and say nothing.
    if "Transfer-Encoding" in request.headers:
        raise LengthRequired
