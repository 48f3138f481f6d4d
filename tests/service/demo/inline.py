"""Jobs run here and now."""

import importlib
from typing import Any

from service.operations.job_queue import run_inline
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.database import Database
from service.worker.job_kinds import JOB_MODULES


def done(database: Database, settings: Settings, request: JobRequest) -> dict[str, Any]:
    """What came of the job."""
    module: Any = importlib.import_module(JOB_MODULES[request.kind])
    return run_inline(
        database, settings, module, request.payload, lambda _share, _words: None, request.user_id
    )
