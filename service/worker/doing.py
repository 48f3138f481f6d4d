"""The process that does the jobs: it may be killed at any time, and its models stay loaded from one job to the next."""

import importlib
import logging
import os
import signal
import time
from collections.abc import Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from typing import Any

from service.errors import Cancelled, LostLease
from service.operations.fence import FencedDatabase
from service.operations.leases import Claim, Failure, finish
from service.operations.parent_death import die_with_parent
from service.settings import Settings
from service.store.database import Database, open_database
from service.worker.log import write_log
from service.worker.messages import Ended, Progress, Stop

NICENESS = 10
"""Answers to people come first."""

SECONDS_BETWEEN_REPORTS = 0.1

_log = logging.getLogger(__name__)


def do_jobs(settings: Settings, modules: Mapping[str, str], connection: Connection, parent: int) -> None:
    """Do the jobs that come through the connection until it is closed. The process ends with its parent, at the latest."""
    die_with_parent(parent, signal.SIGKILL)
    # A terminal and a service manager signal every process; the parent alone decides what becomes of the job.
    # No SIG_IGN: the processes started here would inherit that, and decoders are ended by SIGTERM.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    os.nice(NICENESS)
    write_log(settings)
    database = open_database(settings)
    try:
        while True:
            connection.send(_do(database, settings, modules, _next_claim(connection), connection))
    except (EOFError, BrokenPipeError):
        return
    finally:
        database.close()


class _StandAside(Exception):  # noqa: N818  # said to the job, not to a person
    """The job goes back to the queue for a more urgent one, or because the worker ends."""


class _Reporting:
    """The report that is given to the job: sends on how far it is, and hears what the worker wants of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sent_at = 0.0

    def __call__(self, share: float, words: str) -> None:
        while self._connection.poll():
            message = self._connection.recv()
            if isinstance(message, Stop):
                raise Cancelled("Called off.") if message.why == "called off" else _StandAside
        now = time.monotonic()
        if now - self._sent_at >= SECONDS_BETWEEN_REPORTS:
            self._sent_at = now
            self._connection.send(Progress(min(max(float(share), 0.0), 1.0), words))


def _next_claim(connection: Connection) -> Claim:
    while True:
        message = connection.recv()
        # A Stop that comes after the job has ended was meant for that one.
        if isinstance(message, Claim):
            return message


def _do(
    database: Database, settings: Settings, modules: Mapping[str, str], claim: Claim, connection: Connection
) -> Ended:
    report = _Reporting(connection)
    try:
        module: Any = importlib.import_module(modules[claim.kind])
        result: dict[str, Any] = {}
        inputs = module.load_inputs(database, settings, dict(claim.payload))
        fenced = FencedDatabase(database, claim.fence)
        with closing(module.compute(inputs, report)) as outputs:
            for output in outputs:
                result = module.store_result(fenced, output, claim.fence)
        follow_ups = module.follow_ups(result, claim.payload) if hasattr(module, "follow_ups") else ()
        with database.session() as db_session:
            finish(db_session, claim.fence, result, follow_ups)
    except LostLease:
        _log.warning("%s %s is another worker's now", claim.kind, claim.fence.job_id)
    except _StandAside:
        return Ended(stood_aside=True)
    except (EOFError, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001  # whatever a job raises is written into its row
        failure = Failure.of(error)
        if failure.error_code == "internal":
            _log.exception("%s %s", claim.kind, claim.fence.job_id)
        return Ended(failure=failure)
    return Ended()
