"""A job for tests of the worker: adds a person at the end of some time, and does as it is told on the way.

``steps`` of a tenth of a second each; ``deaf`` gives no report while they last; ``die_once`` names a file: if it is not
there it is made and the process kills itself; ``crash_once`` likewise, with an exception.
"""

import os
import signal
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.database import Database
from service.store.tables import User


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  # every job is given these
    return payload


def compute(inputs: dict[str, Any], report: Report) -> Generator[dict[str, Any], None, None]:
    Path(inputs["started"]).write_text(str(os.getpid()), encoding="ascii")
    steps = inputs.get("steps", 1)
    for step in range(steps):
        if not inputs.get("deaf"):
            report(step / steps, f"step {step}")
        time.sleep(0.1)
    if _first_time(inputs.get("die_once")):
        os.kill(os.getpid(), signal.SIGKILL)
    if _first_time(inputs.get("crash_once")):
        raise ZeroDivisionError
    yield inputs


def store_result(db: Database, output: dict[str, Any], fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced
    with db.session() as db_session:
        db_session.add(User(name=output["name"]))
    return {"name": output["name"], "pid": os.getpid()}


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:  # noqa: ARG001  # every job is given it
    if not payload.get("followed_by"):
        return []
    return [JobRequest("tiny", {"name": payload["followed_by"], "started": payload["started"]})]


def _first_time(marker: str | None) -> bool:
    if marker is None or Path(marker).exists():
        return False
    Path(marker).touch()
    return True
