"""Opening an address: the only code of the house that speaks to another machine.

It is called by jobs, never while somebody's request is answered. Each request is in the log before it is sent. A form is
sent by POST, so that nothing secret stands in an address.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlencode

from service.egress.addresses import Address
from service.egress.log import EgressLog, Errand
from service.errors import Unreachable

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 307, 308})
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "Homespun",
}


@dataclass(frozen=True)
class Limits:
    """How long one request may take in all, and how many bytes of an answer are taken."""

    seconds: float = 30.0
    answer_bytes: int = 16_000_000


USUAL_LIMITS = Limits()


@dataclass(frozen=True)
class Fetched:
    """An answer, whatever its status."""

    status: int
    content: bytes


def open_url(
    log: EgressLog,
    errand: Errand,
    url: str,
    form: Sequence[tuple[str, str]],
    limits: Limits = USUAL_LIMITS,
) -> Fetched:
    """The answer to a form that is posted to the address. Redirects are followed within the same host only.

    Raises InvalidRequest (``bad_address``) and Unreachable (``unreachable``, ``too_slow``, ``answer_too_large``,
    ``redirected_elsewhere``), whose sentences name the host and nothing that was sent.
    """
    address = Address.of(url)
    body = urlencode(form).encode()
    for _ in range(_MOST_REDIRECTS + 1):
        row_id = log.begin(errand, address.shown_host, "POST", address.path or "/", len(body))
        with closing(_Connection(address, limits)) as connection:
            try:
                response = connection.post(body)
                content = connection.read(response)
            finally:
                log.end(row_id, connection.status, connection.received_bytes)
        location = response.getheader("Location")
        if response.status not in _REDIRECTS or location is None:
            return Fetched(response.status, content)
        address = address.redirected(location)
    raise Unreachable(f"{address.shown_host} sends its visitors in circles.", code="redirected_elsewhere")


class _Connection:
    """One request and its answer. A connection that takes longer than it may is cut, wherever it stands."""

    def __init__(self, address: Address, limits: Limits) -> None:
        self.status: int | None = None
        self.received_bytes = 0
        self._address, self._limits = address, limits
        self._http: http.client.HTTPConnection
        if address.scheme == "https":
            context = ssl.create_default_context()
            self._http = http.client.HTTPSConnection(
                address.host, address.port, timeout=limits.seconds, context=context
            )
        else:
            self._http = http.client.HTTPConnection(address.host, address.port, timeout=limits.seconds)
        self._was_cut = threading.Event()
        self._cutter = threading.Timer(limits.seconds, self._cut)
        self._cutter.daemon = True
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None

    def post(self, body: bytes) -> http.client.HTTPResponse:
        """The answer's head."""
        self._cutter.start()
        try:
            self._http.connect()
            # The answer takes the connection's own away when it is the last one.
            self._socket = self._http.sock
            self._http.request("POST", self._address.path or "/", body, _HEADERS)
            response = self._response = self._http.getresponse()
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise self._fault(error) from error
        self.status = response.status
        return response

    def read(self, response: http.client.HTTPResponse) -> bytes:
        """The answer's body."""
        most = self._limits.answer_bytes
        try:
            content = response.read(most + 1)
        except (OSError, http.client.HTTPException) as error:
            raise self._fault(error) from error
        self.received_bytes = len(content)
        # Nothing is raised by itself for an answer that was cut, nor for one that ends before its length.
        if self._was_cut.is_set() or (response.length and len(content) <= most):
            raise self._fault(None)
        if len(content) > most:
            raise Unreachable(
                f"{self._address.shown_host} answers with more than {most / 1e6:g} MB.",
                code="answer_too_large",
            )
        return content

    def close(self) -> None:
        """Ends the connection, whatever its state."""
        self._cutter.cancel()
        # It holds the connection open for as long as it was not read to its end.
        if self._response is not None:
            self._response.close()
        self._http.close()
        if self._socket is not None:
            self._socket.close()

    def _cut(self) -> None:
        self._was_cut.set()
        if self._socket is not None:
            # Not the method of a TLS socket, which would take the keys from under the thread that reads.
            try:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return

    def _fault(self, error: Exception | None) -> Unreachable:
        if self._was_cut.is_set() or isinstance(error, TimeoutError):
            return Unreachable(
                f"{self._address.shown_host} did not answer within {self._limits.seconds:g} seconds.",
                code="too_slow",
            )
        return Unreachable(f"{self._address.shown_host} cannot be reached.")
