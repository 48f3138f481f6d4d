"""Browsers that are signed in."""

from datetime import datetime

from flask import Response, request
from pydantic import Field

from service.accounts.login_sessions import list_sessions, revoke_session
from service.accounts.signing_in import Browser, sign_in
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.errors import NotFound
from service.http.authentication import public, requires, viewer, with_given_password
from service.http.csrf import csrf_token
from service.http.login_cookie import clear_login_cookie, set_login_cookie
from service.http.parts import parts
from service.store.tables import User
from service.store.texts import NO_NUL

blueprint = resource("sessions", "Signing in and out at a browser. Programs use a token.")


class SignIn(Body):
    """Name and password."""

    name: str = Field(min_length=1, max_length=64, pattern=NO_NUL, examples=["ada"])
    password: str = Field(min_length=1, max_length=1_000, pattern=NO_NUL)


class SignedIn(Answer):
    """Who is signed in now; the cookie holds the session."""

    user_id: Id
    name: str
    is_owner: bool
    csrf_token: str = Field(description="What writes by the cookie carry as `X-CSRF-Token`.")
    must_choose_password: bool = Field(
        description="Whether the password was given by somebody else. Until `PUT /me/password` has changed it, everything "
        "else that is asked for by the cookie is refused with `password_not_chosen`, but for signing out."
    )


class LoginSession(Answer):
    """A browser that is signed in."""

    id: Id
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool = Field(description="Whether this request came with it.")


class LoginSessions(Answer):
    """The browsers in which you are signed in, the one used last first."""

    items: list[LoginSession]


@blueprint.post("/sessions")
@blueprint.input(SignIn, example={"name": "ada", "password": "correct horse battery staple"})
@blueprint.output(SignedIn, status_code=201)
@blueprint.doc(
    responses={
        401: "Name or password is wrong.",
        403: "Sent by another site.",
        429: "Too many wrong passwords.",
    }
)
@public
def create_session(json_data: SignIn) -> Response:
    """Sign in at a browser

    Sets the cookie that holds the session; writes by it need `csrf_token` as the header `X-CSRF-Token`. Wrong passwords are counted,
    and after some of them nothing is tried for a few minutes.
    """
    database, settings = parts().database, parts().settings
    browser = Browser(request.remote_addr or "", request.user_agent.string)
    row, secret = sign_in(database, settings, json_data.name, json_data.password, browser)
    with database.session(read_only=True) as db_session:
        user = db_session.get_one(User, row.user_id)
    response = Response(status=201, mimetype="application/json")
    set_login_cookie(response, secret)
    # After that, which makes all earlier tokens void.
    shown = SignedIn(
        user_id=user.id,
        name=user.name,
        is_owner=user.is_owner,
        csrf_token=csrf_token(),
        must_choose_password=user.password_is_given,
    )
    response.set_data(shown.model_dump_json())
    return response


@blueprint.get("/sessions")
@blueprint.output(LoginSessions)
@requires("profile:read")
def list_own_sessions() -> LoginSessions:
    """Where you are signed in

    Your browsers' sessions that are still good, the one used last first.
    """
    who = viewer()
    with parts().database.session(read_only=True) as db_session:
        rows = list_sessions(db_session, who.user_id)
    return LoginSessions(
        items=[
            LoginSession(
                id=row.id,
                user_agent=row.user_agent,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                expires_at=row.expires_at,
                is_current=row.id == who.session_id,
            )
            for row in rows
        ]
    )


@blueprint.delete("/sessions/current")
@blueprint.doc(responses={204: "Signed out.", 404: "This request came with a token, not with a session."})
@with_given_password
@requires("profile:read")
def delete_current_session() -> Response:
    """Sign out

    Ends the session whose cookie this request came with.
    """
    who = viewer()
    if who.session_id is None:
        raise NotFound("A token was shown, and no browser's session.", code="unknown_session")
    with parts().database.session() as db_session:
        revoke_session(db_session, who.user_id, who.session_id)
    response = Response(status=204)
    clear_login_cookie(response)
    return response


@blueprint.delete("/sessions/<id:session_id>")
@blueprint.doc(responses={204: "That browser is signed out."})
@requires("profile:write")
def delete_session(session_id: str) -> tuple[str, int]:
    """Sign another browser out

    Its session is good for nothing from the next request on.
    """
    with parts().database.session() as db_session:
        revoke_session(db_session, viewer().user_id, session_id)
    return "", 204
