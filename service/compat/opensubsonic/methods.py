"""How a method of the API is offered, and what is said of those that are not."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from service.compat.opensubsonic.answering import failure
from service.compat.opensubsonic.caller import find_caller
from service.compat.opensubsonic.faults import Code, number_of
from service.errors import HomespunError, TooManyRequests
from service.http.authentication import public_to_apps, requires_app
from service.http.request_ids import request_id

blueprint = Blueprint("opensubsonic", __name__)

_log = logging.getLogger(__name__)

View = Callable[[], Response]

NOT_OFFERED = frozenset(
    {
        "addChatMessage",
        "changePassword",
        "createInternetRadioStation",
        "createPodcastChannel",
        "createShare",
        "createUser",
        "deleteInternetRadioStation",
        "deletePodcastChannel",
        "deletePodcastEpisode",
        "deleteShare",
        "deleteUser",
        "downloadPodcastEpisode",
        "getCaptions",
        "getPodcastEpisode",
        "getTranscodeStream",
        "getVideoInfo",
        "hls",
        "jukeboxControl",
        "refreshPodcasts",
        "updateInternetRadioStation",
        "updateShare",
        "updateUser",
    }
)


def method(name: str, scope: str | None = None) -> Callable[[View], View]:
    """The view answers this method, for apps whose password has the scope; without one, for any app password."""
    return lambda view: _offered(name, requires_app(find_caller, scope)(view))


def open_method(name: str) -> Callable[[View], View]:
    """The view answers this method, whoever asks."""
    return lambda view: _offered(name, public_to_apps(view))


def _offered(name: str, view: View) -> View:
    for path in (f"/{name}", f"/{name}.view"):
        blueprint.add_url_rule(path, name, view, methods=["GET", "POST"])
    return view


@blueprint.route("/<path:name>", methods=["GET", "POST"])
@public_to_apps
def no_such_method(name: str) -> Response:
    """What is said of a method that is not there."""
    if name.removesuffix(".view").removesuffix(".m3u8") in NOT_OFFERED:
        return failure(Code.GENERIC, "Homespun does not offer this method.", 501)
    return failure(Code.GENERIC, "There is no such method.", 404)


@blueprint.errorhandler(HomespunError)
def _answer_ours(error: HomespunError) -> Response:
    if error.http_status == 500:
        _log.error("request %s: %s", request_id(), error, exc_info=error)
    busy = isinstance(error, TooManyRequests)
    response = failure(
        number_of(error), str(error), error.http_status if busy or error.http_status == 500 else 200
    )
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


@blueprint.errorhandler(HTTPException)
def _answer_http(error: HTTPException) -> Response:
    response = failure(Code.GENERIC, error.name, error.code or 500)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


@blueprint.errorhandler(Exception)
def _answer_unexpected(error: Exception) -> Response:
    _log.error("request %s failed", request_id(), exc_info=error)
    return failure(Code.GENERIC, f"Something went wrong here; the log says more under {request_id()}.", 500)
