"""Whose program asks, how often it may, and what it is told when something is wrong."""

import logging
import time
from http import HTTPStatus

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from service.accounts.app_sign_in import sign_in_by_key
from service.accounts.viewers import Viewer
from service.compat.listenbrainz.rate_limit import Allowance, RateLimit
from service.errors import HomespunError, NotFound, TooManyRequests, Unauthenticated
from service.http.authentication import viewer
from service.http.parts import parts
from service.http.request_ids import request_id

_log = logging.getLogger(__name__)


def app_by_token() -> Viewer:
    """Whose app password is shown as ``Authorization: Token ...``. Raises what `sign_in_by_key` raises."""
    return app_with_token(shown_token())


def app_with_token(token: str) -> Viewer:
    """Whose app password this is. Raises what `sign_in_by_key` raises."""
    if not token:
        raise Unauthenticated("An Authorization header is needed: Token and an app password.")
    return sign_in_by_key(parts().database, parts().app_password_keys, token, request.remote_addr or "")


def shown_token() -> str:
    """What the Authorization header shows; empty where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "token" else ""


def check_name(name: str) -> Viewer:
    """Who asks, where it is of themselves. Raises NotFound (``no_such_listener``) for everybody else's name."""
    who = viewer()
    if name != who.name:
        raise NotFound("There is no such listener.", code="no_such_listener")
    return who


def install_manners(blueprint: Blueprint) -> None:
    """Answers in ListenBrainz's way when something is wrong, and its headers on all of them."""
    rate_limit = RateLimit()

    @blueprint.before_request
    def refuse_too_many() -> None:
        if _counted(rate_limit).is_exceeded:
            raise TooManyRequests(
                "Too many requests: wait until the present window is over.",
                retry_after_seconds=_counted(rate_limit).reset_in_seconds,
            )

    @blueprint.after_request
    def tell_allowance(response: Response) -> Response:
        response.headers.extend(_counted(rate_limit).headers(time.time()))
        return response

    blueprint.register_error_handler(HomespunError, _answer_ours)
    blueprint.register_error_handler(HTTPException, _answer_http_exception)
    blueprint.register_error_handler(Exception, _answer_unexpected)


def _counted(rate_limit: RateLimit) -> Allowance:
    """This request, counted once: under the listener, or the address of whoever is nobody."""
    if "listenbrainz_allowance" not in g:
        who = g.viewer.user_id if "viewer" in g else f"address {request.remote_addr}"
        g.listenbrainz_allowance = rate_limit.count(who)
    allowance: Allowance = g.listenbrainz_allowance
    return allowance


def _told(status: int, sentence: str) -> Response:
    response = jsonify({"code": status, "error": sentence})
    response.status_code = status
    return response


def _answer_ours(error: HomespunError) -> Response:
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s: %s", request_id(), error, exc_info=error)
    response = _told(error.http_status, str(error))
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _answer_http_exception(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    response = _told(status, f"{HTTPStatus(status).phrase}.")
    if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.LENGTH_REQUIRED):
        # The rest of the body is not read, so nothing more can be asked on this connection.
        response.headers["Connection"] = "close"
    return response


def _answer_unexpected(error: Exception) -> Response:
    _log.error("request %s failed", request_id(), exc_info=error)
    return _told(HTTPStatus.INTERNAL_SERVER_ERROR, f"Something went wrong here, in request {request_id()}.")
