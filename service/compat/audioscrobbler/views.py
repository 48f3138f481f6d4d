"""The handshake, and the two addresses it names. Every answer is a line of text that begins with a word."""

import logging
from http import HTTPStatus

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from service.accounts.app_sessions import app_of_session, session_of
from service.accounts.app_sign_in import shown_hashed_with, sign_in_app
from service.accounts.viewers import Viewer
from service.compat.audioscrobbler.reading import fields_of, read_batch, read_handshake, read_now_playing
from service.errors import Forbidden, HomespunError, Unauthenticated
from service.http.authentication import public_to_apps, requires_app, viewer
from service.http.parts import parts
from service.http.request_ids import request_id
from service.listening.heard_now import tell_heard_now
from service.listening.scrobbles import record_scrobbles
from service.store.tables.base import utc_now

PATH = "/apis/audioscrobbler_legacy"

_log = logging.getLogger(__name__)


def app_by_session() -> Viewer:
    """Whose session the form shows. Raises Unauthenticated (``app_session_over``)."""
    return app_of_session(parts().database, parts().app_password_keys, request.form.get("s", "")).viewer


_listens = requires_app(app_by_session, "listens:write")

blueprint = Blueprint("audioscrobbler", __name__)


@blueprint.get("/", strict_slashes=False)
@public_to_apps
def handshake() -> Response:
    """Sign in with a name and what is made of an app password and the time."""
    shown = read_handshake(request.args)
    if not shown.is_clock_right:
        return _said("BADTIME")
    who = sign_in_app(
        parts().database,
        parts().app_password_keys,
        shown.name,
        shown_hashed_with(shown.token, after=shown.timestamp),
        request.remote_addr or "",
    )
    if "listens:write" not in who.scopes:
        raise Forbidden("This needs an app password with the scope listens:write.", code="missing_scope")
    session = session_of(parts().app_password_keys, who.app_password_id or "")
    here = (parts().settings.public_url or request.root_url.rstrip("/")) + PATH
    return _said("OK", session, f"{here}/np", f"{here}/sub")


@blueprint.post("/np")
@_listens
def now_playing() -> Response:
    """Note what is heard now."""
    event = read_now_playing(request.form, utc_now())
    with parts().database.session() as db_session:
        tell_heard_now(db_session, viewer().user_id, event)
    return _said("OK")


@blueprint.post("/sub")
@_listens
def submission() -> Response:
    """Keep what was heard."""
    batch = read_batch(fields_of(request.form.items(multi=True)))
    with parts().database.session() as db_session:
        record_scrobbles(db_session, viewer().user_id, batch.scrobbles)
    if batch.left_out:
        _log.warning(
            "request %s: %d scrobbles without a good time or name were left out", request_id(), batch.left_out
        )
    return _said("OK")


def _said(*lines: str) -> Response:
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


@blueprint.errorhandler(HomespunError)
def _answer_ours(error: HomespunError) -> Response:
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s: %s", request_id(), error, exc_info=error)
    if isinstance(error, Unauthenticated):
        return _said("BADSESSION" if error.code == "app_session_over" else "BADAUTH")
    return _said(f"FAILED {error}")


@blueprint.errorhandler(HTTPException)
def _answer_http_exception(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    response = _said(f"FAILED {HTTPStatus(status).phrase}")
    response.status_code = status
    if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.LENGTH_REQUIRED):
        response.headers["Connection"] = "close"
    return response


@blueprint.errorhandler(Exception)
def _answer_unexpected(error: Exception) -> Response:
    _log.error("request %s failed", request_id(), exc_info=error)
    return _said(f"FAILED Something went wrong here, in request {request_id()}.")
