"""Jobs told by Server-Sent Events: one until it ends, or all that are under way."""

from collections.abc import Callable, Iterator

from flask import Response, request
from sqlalchemy import select

from service.api.event_streams import Over, stream
from service.api.shapes import Answer
from service.http.texts import Tongue, tongue
from service.store.database import Database
from service.store.tables import Job

_UNDER_WAY = ("queued", "running")
_SENTENCES = ("progress_text", "error")
_OVER = frozenset({"done", "failed", "cancelled"})
# Of more than that the newest are told.
_MOST_AT_ONCE = 200
# Pages come and go: what one leaves behind is to count for a few seconds only.
_HEARTBEAT_SECONDS = 5.0


class JobWatch:
    """One client that watches one job."""

    def __init__(self, database: Database, user_id: str, job_id: str, shape: type[Answer]) -> None:
        self._database, self._user_id, self._job_id, self._shape = database, user_id, job_id, shape
        self._seen, self._tongue = -1, tongue()

    def answer(self) -> Response:
        """The stream; 204 for who has seen the job's end. Raises TooManyRequests (``too_many_streams``)."""
        self._seen = request.headers.get("Last-Event-ID", type=int, default=-1)
        job = self._find()
        if job is None or (job.state in _OVER and job.revision <= self._seen):
            return Response(status=204)
        return stream(self._user_id, self._look)

    def _look(self) -> Iterator[str]:
        job = self._find()
        if job is None:
            raise Over
        if job.revision > self._seen:
            self._seen = job.revision
            yield _event(self._shape.model_validate(job), job.revision, self._tongue)
        if job.state in _OVER:
            raise Over

    def _find(self) -> Job | None:
        with self._database.session(read_only=True) as db_session:
            return db_session.get(Job, self._job_id)


class JobsWatch:
    """One client that watches the jobs under way: a listener's own, or with ``whose`` None everybody's and the house's."""

    def __init__(
        self, database: Database, user_id: str, whose: str | None, shape: Callable[[Job], Answer]
    ) -> None:
        self._database, self._user_id, self._whose, self._shape = database, user_id, whose, shape
        self._told: dict[str, int] = {}
        self._tongue = tongue()

    def answer(self) -> Response:
        """The stream. Raises TooManyRequests (``too_many_streams``)."""
        return stream(self._user_id, self._look, heartbeat_seconds=_HEARTBEAT_SECONDS)

    def _look(self) -> Iterator[str]:
        """What changed since the last look, of what is over the end; there is nothing more where nothing is under way."""
        under_way = self._find()
        for job in under_way.values():
            if job.revision > self._told.get(job.id, -1):
                yield _event(self._shape(job), job.revision, self._tongue)
        for job in self._find_over(self._told.keys() - under_way.keys()):
            yield _event(self._shape(job), job.revision, self._tongue)
        self._told = {job.id: job.revision for job in under_way.values()}
        if not under_way:
            raise Over

    def _find(self) -> dict[str, Job]:
        jobs = select(Job).where(Job.state.in_(_UNDER_WAY)).order_by(Job.id.desc()).limit(_MOST_AT_ONCE)
        if self._whose is not None:
            jobs = jobs.where(Job.user_id == self._whose)
        with self._database.session(read_only=True) as db_session:
            return {job.id: job for job in db_session.scalars(jobs)}

    def _find_over(self, ids: set[str]) -> list[Job]:
        if not ids:
            return []
        with self._database.session(read_only=True) as db_session:
            return list(db_session.scalars(select(Job).where(Job.id.in_(ids), Job.state.in_(_OVER))))


def _event(shown: Answer, revision: int, tongue: Tongue) -> str:
    said = {name: tongue.said(getattr(shown, name) or "") for name in _SENTENCES}
    told = shown.model_copy(update={name: text for name, text in said.items() if text})
    return f"id: {revision}\nevent: job\ndata: {told.model_dump_json()}\n\n"
