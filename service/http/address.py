"""Where the service lies: below a path, and behind proxies that may be believed."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from service.settings import Settings

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def install_address(app: Flask, settings: Settings) -> None:
    """Have the application see itself where listeners do.

    The path is expected with or without the public URL's own, for some proxies take that off. What proxies say of
    addresses is believed of ``settings.trusted_proxies`` of them, which is none unless somebody says so.
    """
    wsgi: Wsgi = app.wsgi_app
    if settings.url_path:
        wsgi = _below(settings.url_path, wsgi)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        wsgi = ProxyFix(wsgi, x_for=hops, x_proto=hops, x_host=hops)
    app.wsgi_app = wsgi  # type: ignore[method-assign]  # Flask's own way of putting something around it


def _below(url_path: str, wsgi: Wsgi) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == url_path or path.startswith(f"{url_path}/"):
            environ["PATH_INFO"] = path[len(url_path) :]
        environ["SCRIPT_NAME"] = url_path
        return wsgi(environ, start_response)

    return answer
