"""How much may be sent."""

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge

_MAX_BYTES = 1_000_000


def install_body_limit(app: Flask) -> None:
    """Refuse a body of more than a megabyte: at once where its length is told, else where reading passes that."""
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BYTES
    app.before_request(_refuse_large)


def _refuse_large() -> None:
    if (request.content_length or 0) > _MAX_BYTES:
        raise RequestEntityTooLarge
