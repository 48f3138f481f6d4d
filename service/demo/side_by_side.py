"""Independent jobs at the same time, each run in a process of its own by the same code as alone."""

import importlib
import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from service.operations.job_queue import Report, run_inline
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.database import open_database
from service.worker.job_kinds import JOB_MODULES

MOST_PROCESSES = 4
"""Each loads a model of its own: beyond these, memory runs out before cores do on a small machine."""


def process_count(settings: Settings, jobs: int) -> int:
    """How many processes `run_side_by_side` uses for so many jobs."""
    return max(1, min(settings.threads, MOST_PROCESSES, jobs))


def run_side_by_side(
    settings: Settings, requests: Sequence[JobRequest], report: Report
) -> list[dict[str, Any]]:
    """Run all and return their results in the order given. Raises what the first job to fail raised.

    The processes share the threads there are.
    """
    if not requests:
        return []
    processes = process_count(settings, len(requests))
    each = settings.model_copy(update={"threads": max(1, settings.threads // processes)})
    executor = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        # Ctrl-C reaches every process of a terminal; only the one that gave out the work answers.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        futures = [executor.submit(_run, each, request) for request in requests]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            report(done / len(requests), f"{done} of {len(requests)}")
        return [future.result() for future in futures]
    finally:
        executor.shutdown(cancel_futures=True)


def _run(settings: Settings, request: JobRequest) -> dict[str, Any]:
    module: Any = importlib.import_module(JOB_MODULES[request.kind])
    database = open_database(settings)
    try:
        return run_inline(
            database, settings, module, request.payload, lambda _share, _words: None, request.user_id
        )
    finally:
        database.close()
