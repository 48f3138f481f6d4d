"""Writes by a browser's cookie are taken from our own pages only."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import (  # type: ignore[import-untyped]  # published without types
    CSRFError,
    CSRFProtect,
    generate_csrf,
)

from service.errors import Forbidden
from service.http.authentication import access_of, viewer
from service.http.parts import parts
from service.settings import Settings

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

_csrf = CSRFProtect()


def install_csrf(app: Flask) -> None:
    """Give templates ``csrf_token()``. Whether a request needs one is decided by `check_csrf`."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        # A token is good for as long as the browser is signed in.
        WTF_CSRF_TIME_LIMIT=None,
        # The Referer header is not sent to us, by our own policy; Origin and Sec-Fetch-Site are looked at instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    _csrf.init_app(app)


def csrf_token() -> str:
    """What this browser's writes have to carry, as templates have it."""
    return str(generate_csrf())


def check_csrf() -> None:
    """Before every request. Raises Forbidden (``foreign_origin``, ``bad_csrf_token``)."""
    if request.method in _SAFE_METHODS:
        return
    access = access_of(request.endpoint)
    if access is None or access.ignores_cookies:
        return
    is_public = access.kind == "public"
    if not is_public and viewer().token_id is not None:
        return
    if not _is_from_here():
        raise Forbidden("This was sent by another site's page.", code="foreign_origin")
    # Other sites' pages cannot send JSON without asking first, and there is no cookie yet to misuse.
    if is_public and request.is_json:
        return
    try:
        _csrf.protect()
    except CSRFError as error:
        raise Forbidden("The page is out of date: reload it and try again.", code="bad_csrf_token") from error


def _is_from_here() -> bool:
    # Pages cannot set this header; browsers that send it know their origin, whatever proxies make of ours.
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin in _origins(parts().settings)


def _origins(settings: Settings) -> set[str]:
    origins = {request.host_url.rstrip("/")}
    if settings.public_url is not None:
        url = urlsplit(settings.public_url)
        origins.add(f"{url.scheme}://{url.netloc}")
    return origins
