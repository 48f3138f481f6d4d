"""The socket that the service listens on. It outlives the web server, so that a restart refuses nobody."""

import errno
import socket

from service.errors import Conflict, InvalidRequest

FIRST_PORT = 8420
_PORTS_TRIED = 100
_WAITING_CONNECTIONS = 512


def open_listening_socket(host: str, port: int | None) -> socket.socket:
    """Listen on this port, or on the first free one from 8420 when None is given.

    Raises InvalidRequest (``bad_host``, ``port_forbidden``) or Conflict (``port_taken``, ``no_free_port``).
    """
    if port is not None:
        listener = _listen(host, port)
        if listener is None:
            raise Conflict(
                f"Port {port} of {host} is taken by another program; choose another with --port.",
                code="port_taken",
            )
        return listener
    for candidate in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        listener = _listen(host, candidate)
        if listener is not None:
            return listener
    raise Conflict(
        f"No port from {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1} is free; choose one with --port.",
        code="no_free_port",
    )


def reachable_address(listener: socket.socket) -> tuple[str, int]:
    """A host and port by which the service can be reached from this machine."""
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  # compared with, not bound to


def _listen(host: str, port: int) -> socket.socket | None:
    """The socket, or None where the port is taken."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InvalidRequest(f"There is no host {host!r} to listen on.", code="bad_host") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # At once: a port that is bound and not listened on could be bound a second time.
        listener.listen(_WAITING_CONNECTIONS)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        if error.errno == errno.EACCES:
            raise InvalidRequest(f"This account may not use port {port}.", code="port_forbidden") from error
        raise InvalidRequest(
            f"{host} is no address of this machine to listen on.", code="bad_host"
        ) from error
    return listener
