"""Scrobblers that ask for a server and no path shake hands at its root, where the pages are."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flask import Flask

from service.compat.audioscrobbler.views import PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def install_handshake_at_root(app: Flask, url_path: str) -> None:
    """Take ``/?hs=true`` for a handshake. ``url_path`` is what everything is served below."""
    app.wsgi_app = _diverted(url_path, app.wsgi_app)  # type: ignore[method-assign,assignment]  # Flask's way


def _diverted(url_path: str, wsgi: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_root = environ.get("PATH_INFO", "").removeprefix(url_path) in ("", "/")
        if is_root and parse_qs(environ.get("QUERY_STRING", "")).get("hs") == ["true"]:
            environ["PATH_INFO"] = f"{PATH}/"
        return wsgi(environ, start_response)

    return answer
