"""Job: remove what nothing refers to any more."""

from collections.abc import Generator
from typing import Any

from service.compositions.sweeping import sweep_unreferenced
from service.egress.log import forget_old_requests
from service.listening.imports import sweep_uploads
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
    """Removes jobs and requests of long ago, media files of pieces that are gone or never came to be, and history files that nobody waits for."""
    with db.session() as db_session:
        forgotten = forget_old_jobs(db_session, utc_now())
        egress_forgotten = forget_old_requests(db_session, utc_now())
    return {
        "jobs_forgotten": forgotten,
        "egress_forgotten": egress_forgotten,
        "media_removed": sweep_unreferenced(db, output.media_dir),
        "uploads_removed": sweep_uploads(db, output),
    }
