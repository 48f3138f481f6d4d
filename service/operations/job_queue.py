"""Jobs: work with a row that says what was asked, how it ended and what came of it."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing, suppress
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from service.errors import Cancelled, HomespunError
from service.operations.fence import Fence, FencedDatabase
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Job, utc_now

Report = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and a few words; may raise Cancelled."""


class JobModule(Protocol):
    """The three steps each file in ``service/jobs`` has. Only ``compute`` is slow, and it sees no database."""

    __name__: str

    def load_inputs(self, db: Database, settings: Settings, payload: Any, /) -> Any:
        """Read all that is needed; raise what is wrong with the request."""

    def compute(self, inputs: Any, report: Report, /) -> Generator[Any, None, None]:
        """Give one picklable output after the other."""

    def store_result(self, db: Database, output: Any, fence: Fence, /) -> dict[str, Any]:
        """Commit one output in a transaction of its own; say in JSON terms what came of the job so far.

        A session of this `db` that may write raises LostLease once the job is another worker's.
        """


def run_inline(
    db: Database,
    settings: Settings,
    job_module: JobModule,
    payload: Mapping[str, Any],
    report: Report,
    user_id: str | None = None,
) -> dict[str, Any]:
    """Run a job here and now, and give its result: what the last ``store_result`` said.

    Outputs stored before an error stay stored. Whatever is raised is raised on, and noted in the row: a
    HomespunError with its code, Cancelled and Ctrl-C as state ``cancelled``.
    """
    fence = _start(db, job_module.__name__.rpartition(".")[2], payload, user_id)
    result: dict[str, Any] = {}
    try:
        inputs = job_module.load_inputs(db, settings, dict(payload))
        with closing(job_module.compute(inputs, report)) as outputs:
            for output in outputs:
                result = job_module.store_result(FencedDatabase(db, fence), output, fence)
        _finish(db, fence.job_id, state="done", result=result, progress=1.0)
    except BaseException as error:
        # A store that cannot take the note (a full disk) must not hide what went wrong.
        with suppress(HomespunError, SQLAlchemyError):
            _finish(db, fence.job_id, **_failure(error))
        raise
    return result


def _start(db: Database, kind: str, payload: Mapping[str, Any], user_id: str | None) -> Fence:
    with db.session() as db_session:
        job = Job(
            kind=kind,
            state="running",
            payload=dict(payload),
            user_id=user_id,
            attempt=1,
            fence=1,
            started_at=utc_now(),
        )
        db_session.add(job)
        db_session.flush()
        return Fence(job.id, job.fence)


def _finish(db: Database, job_id: str, **values: Any) -> None:
    with db.session() as db_session:
        job = db_session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)
        job.finished_at = utc_now()


def _failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, (Cancelled, KeyboardInterrupt, GeneratorExit)):
        return {"state": "cancelled", "error_code": "cancelled"}
    if isinstance(error, HomespunError):
        return {"state": "failed", "error_code": error.code, "error": str(error)}
    return {"state": "failed", "error_code": "internal", "error": f"{type(error).__name__}: {error}"}
