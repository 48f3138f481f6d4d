"""Where the service lies: below a path, and behind proxies that may be believed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import NotFound as WerkzeugNotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from service.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def install_address(app: Flask, settings: Settings) -> None:
    """Have the application see itself where listeners do.

    The path is expected with or without the public URL's own, for some proxies take that off. What proxies say of
    addresses is believed of ``settings.trusted_proxies`` of them, which is none unless somebody says so.
    """
    app.before_request(_refuse_nul)
    if settings.url_path:
        app.wsgi_app = _below(settings.url_path, app.wsgi_app)  # type: ignore[method-assign,assignment]  # Flask's way
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as above


def _refuse_nul() -> None:
    # No id, name or file has one, and PostgreSQL fails on it.
    if "\0" in request.path:
        raise WerkzeugNotFound


def _below(url_path: str, wsgi: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == url_path or path.startswith(f"{url_path}/"):
            environ["PATH_INFO"] = path[len(url_path) :]
        environ["SCRIPT_NAME"] = url_path
        return wsgi(environ, start_response)

    return answer
