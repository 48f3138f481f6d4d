"""The one address, at which the method is a parameter."""

import logging
from http import HTTPStatus

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from service.accounts.app_approvals import new_token, take_token
from service.accounts.app_sessions import app_of_session, session_of
from service.accounts.app_sign_in import Proof, shown_hashed_with, shown_plainly, sign_in_app
from service.compat.lastfm.answers import session_node, token_node
from service.compat.lastfm.calls import Call
from service.compat.lastfm.methods import METHODS
from service.compat.lastfm.nodes import Node, failed_json, failed_xml, ok_json, ok_xml
from service.compat.lastfm.signature import check_is_signed, check_signature
from service.errors import Forbidden, HomespunError, InvalidRequest, TooManyRequests, Unauthenticated
from service.http.authentication import USER_ID_IN_ENVIRON, public_to_apps
from service.http.parts import parts
from service.http.request_ids import request_id

_SIGN_IN, _TOKEN, _SESSION = "auth.getmobilesession", "auth.gettoken", "auth.getsession"
_FAILED, _NO_PERMISSION, _BAD_PARAMETERS, _UNAVAILABLE = 8, 4, 6, 16
_CODES = {"unknown_method": 3, "app_session_over": 9, "bad_signature": 13, "token_not_approved": 14}

_log = logging.getLogger(__name__)

blueprint = Blueprint("lastfm", __name__)


@blueprint.route("/", methods=["GET", "POST"], strict_slashes=False)
@public_to_apps
def call() -> Response:
    """Call a method. Whose app it is, and whether it may, is asked for each: signing in is a method, too."""
    # A form and a query at once: some clients write the name of a user into the address.
    parameters = request.values.to_dict()
    name = parameters.get("method", "").lower()
    node = _ENTRANCES[name](parameters) if name in _ENTRANCES else _answer(name, parameters)
    return _written(ok_xml(node), ok_json(node))


def _sign_in(parameters: dict[str, str]) -> Node:
    name = parameters.get("username", "")
    who = sign_in_app(
        parts().database, parts().app_password_keys, name, _proof(name, parameters), request.remote_addr or ""
    )
    key = session_of(parts().app_password_keys, who.app_password_id or "")
    app = app_of_session(parts().database, parts().app_password_keys, key)
    check_signature(parameters, app.secret)
    return session_node(who.name, key)


def _give_token(parameters: dict[str, str]) -> Node:
    """A token for an app that has its listener sign in with a browser; nobody's yet, so that no secret signs for it."""
    check_is_signed(parameters)
    return token_node(new_token())


def _take_token(parameters: dict[str, str]) -> Node:
    """The session of the app whose token was approved, once."""
    check_is_signed(parameters)
    with parts().database.session() as db_session:
        app_password_id = take_token(db_session, parameters.get("token", ""))
        if app_password_id is None:
            raise Unauthenticated("This token was not approved, or was used.", code="token_not_approved")
        key = session_of(parts().app_password_keys, app_password_id)
        app = app_of_session(parts().database, parts().app_password_keys, key)
        check_signature(parameters, app.secret)
    return session_node(app.viewer.name, key)


_ENTRANCES = {_SIGN_IN: _sign_in, _TOKEN: _give_token, _SESSION: _take_token}


def _proof(name: str, parameters: dict[str, str]) -> Proof:
    """A password as it is, or the ``authToken`` of older clients, who differ in how they write the name in it."""
    token = parameters.get("authToken")
    if token is None:
        return shown_plainly(parameters.get("password", ""))
    as_typed, lowered = (shown_hashed_with(token, before=spelt) for spelt in (name, name.lower()))
    # Both, whichever is right: how long it takes must not tell.
    return lambda secret: as_typed(secret) | lowered(secret)


def _answer(name: str, parameters: dict[str, str]) -> Node | None:
    method = METHODS.get(name)
    if method is None:
        raise InvalidRequest("There is no method of this name here.", code="unknown_method")
    app = app_of_session(parts().database, parts().app_password_keys, parameters.get("sk", ""))
    check_signature(parameters, app.secret)
    who = g.viewer = app.viewer
    request.environ[USER_ID_IN_ENVIRON] = who.user_id
    parts().last_used.note(who)
    if method.scope not in who.scopes:
        raise Forbidden(f"This needs an app password with the scope {method.scope}.", code="missing_scope")
    with parts().database.session(read_only=not method.writes) as db_session:
        return method.answer(db_session, Call(parameters, who))


def _written(xml: bytes, as_json: bytes) -> Response:
    if request.values.get("format", "").lower() == "json":
        return Response(as_json, mimetype="application/json")
    return Response(xml, mimetype="text/xml")


def _failed(status: int, code: int, sentence: str) -> Response:
    response = _written(failed_xml(code, sentence), failed_json(code, sentence))
    response.status_code = status
    return response


@blueprint.errorhandler(HomespunError)
def _answer_ours(error: HomespunError) -> Response:
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s: %s", request_id(), error, exc_info=error)
        return _failed(error.http_status, _UNAVAILABLE, str(error))
    if isinstance(error, TooManyRequests):
        response = _failed(error.http_status, 29, str(error))
        response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response
    is_refused = isinstance(error, Unauthenticated | Forbidden)
    # Last.fm says 403 to whoever it does not let in; 401 would have browsers ask for a password.
    status = HTTPStatus.FORBIDDEN if is_refused else error.http_status
    code = _CODES.get(error.code, _NO_PERMISSION if is_refused else _BAD_PARAMETERS)
    return _failed(status, code, str(error))


@blueprint.errorhandler(HTTPException)
def _answer_http_exception(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    xml, as_json = (
        written(_BAD_PARAMETERS, f"{HTTPStatus(status).phrase}.") for written in (failed_xml, failed_json)
    )
    # Only the query is looked at: what was wrong may have been the body.
    is_json = request.args.get("format", "").lower() == "json"
    response = Response(
        as_json if is_json else xml, status, mimetype="application/json" if is_json else "text/xml"
    )
    if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.LENGTH_REQUIRED):
        response.headers["Connection"] = "close"
    return response


@blueprint.errorhandler(Exception)
def _answer_unexpected(error: Exception) -> Response:
    _log.error("request %s failed", request_id(), exc_info=error)
    sentence = f"Something went wrong here, in request {request_id()}."
    return _failed(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED, sentence)
