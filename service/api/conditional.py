"""Edits that only go through while the thing is still what the client saw."""

import hashlib
from collections.abc import Callable

from flask import Response, request
from werkzeug.exceptions import PreconditionFailed

from service.api.shapes import Answer


def with_etag(answer: Answer) -> Response:
    """The answer as JSON, with its ETag."""
    response = Response(answer.model_dump_json(), mimetype="application/json")
    response.set_etag(_etag(answer))
    return response


def check_if_match(read: Callable[[], Answer]) -> None:
    """Where the request has ``If-Match``, raise PreconditionFailed unless it fits what ``read`` gives."""
    if "If-Match" in request.headers and _etag(read()) not in request.if_match:
        raise PreconditionFailed


def _etag(answer: Answer) -> str:
    return hashlib.sha256(answer.model_dump_json().encode()).hexdigest()[:32]
