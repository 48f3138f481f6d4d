"""An app on loopback, in this process, for browsers and clients that need an address."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from apiflask import APIFlask
from werkzeug.serving import WSGIRequestHandler, make_server

_BODY = "tests.body"


class _Handler(WSGIRequestHandler):
    # As gunicorn does; with HTTP/1.0 every request would need a connection of its own.
    protocol_version = "HTTP/1.1"

    def log(self, *_args: Any, **_kwargs: Any) -> None:
        """Say nothing of each request."""

    def connection_dropped(self, *_args: Any, **_kwargs: Any) -> None:
        """Close the answer, and the file in it, as servers must; Werkzeug forgets it when its reader is gone."""
        close = getattr(getattr(self, "environ", {}).get(_BODY), "close", None)
        if close is not None:
            close()


@contextmanager
def web_server(app: APIFlask) -> Iterator[str]:
    """The address at which the app answers while the block runs."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[_BODY] = body = app(environ, start_response)
        return body

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
