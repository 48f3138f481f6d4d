"""Everything that goes wrong, told by RFC 9457: ``application/problem+json`` to programs, a page to browsers."""

import logging
from http import HTTPStatus
from typing import Any

from apiflask import HTTPError
from flask import Flask, json, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from service.errors import HomespunError, TooManyRequests
from service.http.authentication import access_of
from service.http.request_ids import request_id
from service.http.texts import said
from service.sentences import marked

PROBLEM_TYPE = "application/problem+json"
PAGE_TEMPLATE = "problem.html"
API_PREFIX = "/api/"

_log = logging.getLogger(__name__)

# What the web server's own errors are called, and what is said of them.
_HTTP_ERRORS = {
    400: ("invalid_request", marked("The request could not be understood.")),
    404: ("not_found", marked("There is nothing at this address.")),
    405: ("method_not_allowed", marked("This cannot be done at this address.")),
    411: ("length_required", marked("The body must come with its Content-Length.")),
    413: ("too_large", marked("More was sent than is taken.")),
    415: (
        "unsupported_media_type",
        marked("The body must be application/json, or multipart/form-data where a file is sent."),
    ),
    416: ("range_not_satisfiable", marked("There is no such range of bytes.")),
}


def install_problems(app: Flask) -> None:
    """Answer every error, those of the framework too."""
    app.register_error_handler(HomespunError, _answer_ours)
    app.register_error_handler(HTTPException, _answer_http_exception)
    app.register_error_handler(HTTPError, _answer_apiflask)
    app.register_error_handler(Exception, _answer_unexpected)


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """The answer, as a page where a browser asks for one."""
    title, detail = HTTPStatus(status).phrase, said(detail)
    if _wants_page():
        page = render_template(PAGE_TEMPLATE, status=status, title=title, code=code, detail=detail, **more)
        return Response(page, status, mimetype="text/html")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
    response = Response(json.dumps(body), status, mimetype=PROBLEM_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="homespun"'
    return response


def _wants_page() -> bool:
    if request.path.startswith(API_PREFIX):
        return False
    access = access_of(request.endpoint)
    if access is not None and access.kind == "page":
        return True
    return request.accept_mimetypes.best_match([PROBLEM_TYPE, "text/html"]) == "text/html"


def _answer_ours(error: HomespunError) -> Response:
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        is_ours = error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR
        _log.error("request %s: %s", request_id(), error, exc_info=error if is_ours else None)
    response = problem(error.http_status, error.code, str(error))
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _answer_http_exception(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code, detail = _HTTP_ERRORS.get(
        status, (HTTPStatus(status).name.lower(), f"{HTTPStatus(status).phrase}.")
    )
    response = problem(status, code, detail)
    # Such as Allow with 405 and Content-Range with 416.
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.LENGTH_REQUIRED):
        # The rest of the body is not read, so nothing more can be asked on this connection.
        response.headers["Connection"] = "close"
    return response


def _answer_apiflask(error: HTTPError) -> Response:
    """What APIFlask itself finds wrong with a body or query, with the fields in ``errors``."""
    faults = error.detail if isinstance(error.detail, dict) else {}
    return problem(error.status_code, "invalid_request", f"{error.message}.", errors=faults)


def _answer_unexpected(error: Exception) -> Response:
    _log.error("request %s failed", request_id(), exc_info=error)
    detail = marked("Something went wrong here; the log says more under this request's id.")
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail, request_id=request_id())
