"""A job's fence: only whoever holds the job now may store what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import LostLease
from service.store.database import Database
from service.store.tables import Job


@dataclass(frozen=True)
class Fence:
    """The right to store results of a job, until the job is taken up again by somebody else."""

    job_id: str
    number: int

    def hold(self, db_session: Session) -> Job:
        """The job's row, which stays as it is until this transaction ends; raises LostLease when it is another's now."""
        job = db_session.scalars(
            select(Job)
            .where(Job.id == self.job_id, Job.state == "running", Job.fence == self.number)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if job is None:
            raise LostLease("Another worker has taken this job up, or it was ended; nothing more is stored.")
        return job


class FencedDatabase(Database):
    """A store whose transactions that may write are only begun while the fence holds, and raise LostLease otherwise."""

    def __init__(self, database: Database, fence: Fence) -> None:
        super().__init__(database.engine)
        self._database, self._fence = database, fence

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        """As `Database.session`."""
        with self._database.session(read_only=read_only) as db_session:
            if not read_only:
                self._fence.hold(db_session)
            yield db_session
