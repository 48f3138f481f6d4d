"""Who asks, and whether they may: every view says who may call it, and one that does not say is never called."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, cast

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from service.accounts.scopes import APP_SCOPES, LISTENER_SCOPES, OWNER_SCOPES
from service.accounts.viewers import Viewer, not_signed_in, viewer_by_session, viewer_by_token
from service.errors import Forbidden, Unauthenticated
from service.http.login_cookie import read_login_cookie
from service.http.parts import parts

SIGN_IN_ENDPOINT = "pages.sign_in"
CHOOSE_PASSWORD_ENDPOINT = "pages.choose_password"  # noqa: S105  # the name of a page
_MARKER = "access"
USER_ID_IN_ENVIRON = "homespun.user_id"

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Access:
    """Who may call a view: anybody, whoever holds the scope, whoever is signed in at a browser, or a listener's app.

    An app says whose it is in the way of its own protocol, which ``find`` reads; ``ignores_cookies`` says that what a
    browser holds counts for nothing there. ``with_given_password`` says that a browser may call it before its person has chosen a
    password of their own.
    """

    kind: Literal["public", "scope", "page", "app"]
    scope: str | None = None
    owners_only: bool = False
    find: Callable[[], Viewer] | None = None
    ignores_cookies: bool = False
    with_given_password: bool = False


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


def requires_app(find: Callable[[], Viewer], scope: str | None = None) -> Callable[[View], View]:
    """A listener's app, which ``find`` reads from the request, with this scope, or with any where none is named."""
    if scope is not None and scope not in APP_SCOPES:
        raise ValueError(f"{scope!r} is no scope of apps")
    return lambda view: _marked(view, Access("app", scope, find=find, ignores_cookies=True))


def with_given_password(view: View) -> View:
    """Also for who has yet to choose a password of their own; stands above what says who may call it."""
    return _marked(view, replace(cast(Access, getattr(view, _MARKER)), with_given_password=True))


def public_to_apps(view: View) -> View:
    """Any app may call it, whosever it is."""
    return _marked(view, Access("public", ignores_cookies=True))


def viewer() -> Viewer:
    """Who asks. Raises Unauthenticated."""
    if "viewer" not in g:
        access = access_of(request.endpoint)
        g.viewer = access.find() if access is not None and access.find is not None else _find_viewer()
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
    if who.must_choose_password and not access.with_given_password:
        return _to_choose_password(access)
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
    elif access.scope is not None and access.scope not in who.scopes:
        needed = "an app password" if access.kind == "app" else "a token"
        raise Forbidden(f"This needs {needed} with the scope {access.scope}.", code="missing_scope")


def _to_sign_in() -> WerkzeugResponse:
    return _led_to(SIGN_IN_ENDPOINT, fragment_status=401)


def _to_choose_password(access: Access) -> WerkzeugResponse:
    if access.kind == "page":
        return _led_to(CHOOSE_PASSWORD_ENDPOINT, fragment_status=403)
    raise Forbidden(
        "Your password was given to you by somebody else: choose your own first.", code="password_not_chosen"
    )


def _led_to(endpoint: str, *, fragment_status: int) -> WerkzeugResponse:
    # Only what can be asked for again by GET is worth coming back to.
    next_path = request.full_path.rstrip("?") if request.method == "GET" else None
    if "HX-Request" in request.headers:
        # htmx would put the whole page where the fragment was to go.
        return Response(status=fragment_status, headers={"HX-Redirect": url_for(endpoint)})
    return redirect(url_for(endpoint, next=next_path), code=303)
