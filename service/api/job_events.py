"""A job told by Server-Sent Events until it ends."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

from flask import Response, request

from service.api.shapes import Answer
from service.errors import TooManyRequests
from service.store.database import Database
from service.store.tables import Job

STREAMS_PER_LISTENER = 6
"""In each web process; every one of them holds a thread."""

HEARTBEAT_SECONDS = 15.0
LOOKS_EVERY_SECONDS = 0.5
# Then the client comes back, and is asked again who it is.
LONGEST_SECONDS = 600.0
_COMES_BACK_AFTER_MS = 2_000
_OVER = frozenset({"done", "failed", "cancelled"})

_open_streams: Counter[str] = Counter()
_lock = threading.Lock()


class JobWatch:
    """One client that watches one job."""

    def __init__(self, database: Database, user_id: str, job_id: str, shape: type[Answer]) -> None:
        self._database, self._user_id, self._job_id, self._shape = database, user_id, job_id, shape

    def answer(self) -> Response:
        """The stream; 204 for who has seen the job's end. Raises TooManyRequests (``too_many_streams``)."""
        seen = request.headers.get("Last-Event-ID", type=int, default=-1)
        job = self._look()
        if job is None or (job.state in _OVER and job.revision <= seen):
            return Response(status=204)
        self._enter()
        response = Response(self._events(seen), mimetype="text/event-stream")
        response.call_on_close(self._leave)
        response.headers["Cache-Control"] = "no-store"
        # Tells nginx to pass each event on as it comes.
        response.headers["X-Accel-Buffering"] = "no"
        return response

    def _events(self, seen: int) -> Iterator[str]:
        yield f"retry: {_COMES_BACK_AFTER_MS}\n\n"
        began = told = time.monotonic()
        while time.monotonic() - began < LONGEST_SECONDS:
            job = self._look()
            if job is None:
                return
            if job.revision > seen:
                seen, told = job.revision, time.monotonic()
                yield f"id: {seen}\nevent: job\ndata: {self._shape.model_validate(job).model_dump_json()}\n\n"
            if job.state in _OVER:
                return
            if time.monotonic() - told >= HEARTBEAT_SECONDS:
                told = time.monotonic()
                yield ": still here\n\n"
            time.sleep(LOOKS_EVERY_SECONDS)

    def _look(self) -> Job | None:
        with self._database.session(read_only=True) as db_session:
            return db_session.get(Job, self._job_id)

    def _enter(self) -> None:
        with _lock:
            if _open_streams[self._user_id] >= STREAMS_PER_LISTENER:
                raise TooManyRequests(
                    f"{STREAMS_PER_LISTENER} jobs are watched already: ask for this one now and then instead.",
                    code="too_many_streams",
                    retry_after_seconds=int(HEARTBEAT_SECONDS),
                )
            _open_streams[self._user_id] += 1

    def _leave(self) -> None:
        with _lock:
            _open_streams[self._user_id] -= 1
            if _open_streams[self._user_id] <= 0:
                del _open_streams[self._user_id]
