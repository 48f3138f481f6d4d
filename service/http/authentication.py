"""Who asks, and whether they may: every view says who may call it, and one that does not say is never called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar, cast

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from service.accounts.scopes import LISTENER_SCOPES, OWNER_SCOPES
from service.accounts.viewers import Viewer, not_signed_in, viewer_by_session, viewer_by_token
from service.errors import Forbidden, Unauthenticated
from service.http.login_cookie import read_login_cookie
from service.http.parts import parts

SIGN_IN_ENDPOINT = "pages.sign_in"
_MARKER = "access"
USER_ID_IN_ENVIRON = "homespun.user_id"

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Access:
    """Who may call a view: anybody, whoever holds the scope, or whoever is signed in at a browser."""

    kind: Literal["public", "scope", "page"]
    scope: str | None = None
    owners_only: bool = False


def public(view: View) -> View:
    """Anybody may call it."""
    return _marked(view, Access("public"))


def requires(scope: str) -> Callable[[View], View]:
    """Whoever is signed in, with this scope."""
    if scope not in LISTENER_SCOPES:
        raise ValueError(f"{scope!r} is no scope of listeners")
    return lambda view: _marked(view, Access("scope", scope))


def owner_only(scope: str) -> Callable[[View], View]:
    """An owner, with this scope."""
    if scope not in OWNER_SCOPES:
        raise ValueError(f"{scope!r} is no scope of owners")
    return lambda view: _marked(view, Access("scope", scope, owners_only=True))


def page(view: View) -> View:
    """Whoever is signed in at a browser; others are sent to the sign-in page."""
    return _marked(view, Access("page"))


def owner_page(view: View) -> View:
    """As `page`, for owners."""
    return _marked(view, Access("page", owners_only=True))


def viewer() -> Viewer:
    """Who asks. Raises Unauthenticated."""
    if "viewer" not in g:
        g.viewer = _find_viewer()
        # For the log, which is written outside of the application.
        request.environ[USER_ID_IN_ENVIRON] = g.viewer.user_id
        if parts().last_used.note(g.viewer) and g.viewer.session_id is not None:
            g.session_to_renew = read_login_cookie()
    return cast(Viewer, g.viewer)


def access_of(endpoint: str | None) -> Access | None:
    """Who may call the view of this endpoint; None when it does not say, or there is none."""
    view = current_app.view_functions.get(endpoint) if endpoint is not None else None
    return cast("Access | None", getattr(view, _MARKER, None))


def check_access() -> WerkzeugResponse | None:
    """Before every request: nothing, or the way to the sign-in page. Raises Unauthenticated or Forbidden."""
    if request.endpoint is None:
        return None
    access = access_of(request.endpoint)
    if access is None:
        raise RuntimeError(f"{request.endpoint} does not say who may call it")
    if access.kind == "public":
        return None
    try:
        who = viewer()
    except Unauthenticated:
        if access.kind == "page":
            return _to_sign_in()
        raise
    _check(access, who)
    return None


def check_every_view_is_marked(app: Flask) -> None:
    """Raises RuntimeError naming the views that do not say who may call them. Built static files are anybody's."""
    unmarked = []
    for endpoint, view in app.view_functions.items():
        if endpoint.endswith(".static"):
            app.view_functions[endpoint] = _static(view)
        elif not hasattr(view, _MARKER):
            unmarked.append(endpoint)
    if unmarked:
        raise RuntimeError(f"who may call {', '.join(sorted(unmarked))}?")


def _marked(view: View, access: Access) -> View:
    setattr(view, _MARKER, access)
    return view


def _static(view: Callable[..., object]) -> Callable[..., Response]:
    def static(**path: str) -> Response:
        return cast(Response, view(**path))

    return public(static)


def _find_viewer() -> Viewer:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_bearer = scheme.lower() == "bearer"
    secret = token.strip() if is_bearer else read_login_cookie()
    if not secret:
        raise not_signed_in()
    with parts().database.reading() as connection:
        find = viewer_by_token if is_bearer else viewer_by_session
        return find(connection, secret)


def _check(access: Access, who: Viewer) -> None:
    if access.owners_only and not who.is_owner:
        raise Forbidden("This is for the owners of the house.", code="owner_only")
    if access.kind == "page":
        if who.session_id is None:
            raise Forbidden("Pages are for browsers that are signed in, not for tokens.", code="browser_only")
    elif access.scope not in who.scopes:
        raise Forbidden(f"This needs a token with the scope {access.scope}.", code="missing_scope")


def _to_sign_in() -> WerkzeugResponse:
    # Only what can be asked for again by GET is worth coming back to.
    next_path = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for(SIGN_IN_ENDPOINT, next=next_path)
    if "HX-Request" in request.headers:
        # htmx would put the whole sign-in page where the fragment was to go.
        return Response(status=401, headers={"HX-Redirect": url_for(SIGN_IN_ENDPOINT)})
    return redirect(target, code=303)
