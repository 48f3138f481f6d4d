"""Job: remove what nothing refers to any more."""

from collections.abc import Generator
from typing import Any

from service.compositions.sweeping import sweep_unreferenced
from service.operations.fence import Fence
from service.operations.forgetting import forget_old_jobs
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.tables import utc_now


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Settings:  # noqa: ARG001  # nothing is asked for in particular
    """What is to be removed is only known in the transaction that removes it."""
    return settings


def compute(inputs: Settings, report: Report) -> Generator[Settings, None, None]:
    """Nothing that takes long."""
    report(0.0, "tidying up")
    yield inputs


def store_result(db: Database, output: Settings, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced
    """Removes jobs of long ago, and media files of pieces that are gone or never came to be."""
    with db.session() as db_session:
        forgotten = forget_old_jobs(db_session, utc_now())
    return {"jobs_forgotten": forgotten, "media_removed": sweep_unreferenced(db, output.media_dir)}
