"""Server-Sent Events: what a stream is answered with, and how many of them a listener may hold open."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from flask import Response

from service.errors import TooManyRequests

STREAMS_PER_LISTENER = 6
"""In each web process; every one of them holds a thread."""

HEARTBEAT_SECONDS = 15.0
LOOKS_EVERY_SECONDS = 0.5
# Then the client comes back, and is asked again who it is.
LONGEST_SECONDS = 600.0
_COMES_BACK_AFTER_MS = 2_000

_open_streams: Counter[str] = Counter()
_lock = threading.Lock()


class Over(Exception):  # noqa: N818  # no error: there is nothing more to be told
    """Raised by a look after which the stream ends."""


def stream(
    user_id: str, look: Callable[[], Iterator[str]], *, heartbeat_seconds: float = HEARTBEAT_SECONDS
) -> Response:
    """A stream that looks now and then and tells the events found, until one look raises `Over` or the time is up.

    Only what is written shows that nobody listens any more, so a stream is held on for up to two heartbeats. Raises TooManyRequests (``too_many_streams``).
    """
    _enter(user_id)
    response = Response(_events(look, heartbeat_seconds), mimetype="text/event-stream")
    response.call_on_close(lambda: _leave(user_id))
    response.headers["Cache-Control"] = "no-store"
    # Tells nginx to pass each event on as it comes.
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _events(look: Callable[[], Iterator[str]], heartbeat_seconds: float) -> Iterator[str]:
    yield f"retry: {_COMES_BACK_AFTER_MS}\n\n"
    began = told = time.monotonic()
    while time.monotonic() - began < LONGEST_SECONDS:
        try:
            for event in look():
                told = time.monotonic()
                yield event
        except Over:
            return
        if time.monotonic() - told >= heartbeat_seconds:
            told = time.monotonic()
            yield ": still here\n\n"
        time.sleep(LOOKS_EVERY_SECONDS)


def _enter(user_id: str) -> None:
    with _lock:
        if _open_streams[user_id] >= STREAMS_PER_LISTENER:
            raise TooManyRequests(
                f"{STREAMS_PER_LISTENER} jobs are watched already: ask for this one now and then instead.",
                code="too_many_streams",
                retry_after_seconds=int(HEARTBEAT_SECONDS),
            )
        _open_streams[user_id] += 1


def _leave(user_id: str) -> None:
    with _lock:
        _open_streams[user_id] -= 1
        if _open_streams[user_id] <= 0:
            del _open_streams[user_id]
