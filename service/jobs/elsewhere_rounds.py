"""Job: see that everybody's account on the other server is synced. Where there is none, nothing happens."""

from collections.abc import Generator
from typing import Any

from sqlalchemy import select

from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import BULK, JobRequest, sync_elsewhere
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ElsewhereAccount


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> list[str]:  # noqa: ARG001  # nobody in particular is asked for
    """Whose accounts there are, but for those whose password is not taken any more."""
    in_use = select(ElsewhereAccount.user_id).where(ElsewhereAccount.refused_at.is_(None))
    with db.session(read_only=True) as db_session:
        return list(db_session.scalars(in_use.order_by(ElsewhereAccount.id)))


def compute(inputs: list[str], report: Report) -> Generator[list[str], None, None]:
    """Nothing that takes long."""
    report(0.0, "looking who has an account")
    yield inputs


def store_result(db: Database, output: list[str], fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # what follows is queued with the end
    """Whose accounts are synced next."""
    return {"user_ids": output}


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:  # noqa: ARG001  # as every job's
    """One job for each."""
    return [sync_elsewhere(user_id, priority=BULK) for user_id in result["user_ids"]]
