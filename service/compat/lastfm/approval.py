"""The page on which a listener lets an app in that asked for a token. Last.fm has it at this address, and apps open it."""

import re

from flask import Blueprint, Response, make_response, render_template, request

from service.accounts.app_approvals import TOKEN_CHARACTERS, approve_token
from service.accounts.app_sign_in import shown_plainly, sign_in_app
from service.errors import TooManyRequests, Unauthenticated
from service.http.authentication import public_to_apps
from service.http.parts import parts

_TOKEN = re.compile(rf"[0-9a-f]{{{TOKEN_CHARACTERS}}}")

blueprint = Blueprint("lastfm_approval", __name__, template_folder="templates")


@blueprint.get("/", strict_slashes=False)
@public_to_apps
def show() -> Response:
    """The form. It asks for an app password and not for a browser's sign-in: the app is to do no more than one may."""
    return _page(_token())


@blueprint.post("/", strict_slashes=False)
@public_to_apps
def approve() -> Response:
    """Lets the app in, or says what is wrong."""
    token, name = _token(), request.form.get("username", "").strip()
    if token is None:
        return _page(None)
    proof = shown_plainly(request.form.get("password", "").strip())
    try:
        who = sign_in_app(parts().database, parts().app_password_keys, name, proof, request.remote_addr or "")
    except (Unauthenticated, TooManyRequests) as error:
        return _page(token, name=name, fault=str(error), status=error.http_status)
    with parts().database.session() as db_session:
        approve_token(db_session, token, who.app_password_id or "")
    return _page(token, is_approved=True)


def _token() -> str | None:
    token = request.values.get("token", "")
    return token if _TOKEN.fullmatch(token) else None


def _page(
    token: str | None,
    *,
    name: str = "",
    fault: str | None = None,
    status: int = 200,
    is_approved: bool = False,
) -> Response:
    page = render_template(
        "lastfm_approval.html", token=token, name=name, fault=fault, is_approved=is_approved
    )
    return make_response(page, 400 if token is None else status)
