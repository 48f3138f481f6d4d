"""A tiny HTTP server on loopback that answers whatever a test has it answer, and keeps what it was sent."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Odd:
    """An answer: ``wait_seconds`` lie before its body, of which each byte waits so long where ``drips`` is set."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    drips: bool = False


@dataclass
class OddServer:
    """Where it is, and the paths and bodies that it was sent."""

    url: str
    received: list[tuple[str, bytes]] = field(default_factory=list)


@contextmanager
def odd_server(answer: Callable[[str, bytes], Odd]) -> Iterator[OddServer]:
    """``answer`` is given a request's path and body."""
    told = OddServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.received.append((self.path, body))
            odd = answer(self.path, body)
            self.send_response(odd.status)
            for name, value in odd.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                _send(self, odd)

        def log_message(self, *_args: object) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _send(handler: BaseHTTPRequestHandler, odd: Odd) -> None:
    if not odd.drips:
        time.sleep(odd.wait_seconds)
        handler.wfile.write(odd.content)
        return
    for byte in odd.content:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(odd.wait_seconds)
