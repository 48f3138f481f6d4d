"""What was found of each copy of the store when it was last looked at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import Job

_LOOKED_AT = 200


@dataclass(frozen=True)
class BackupCheck:
    """The last look at one copy: whether all was there, and a sentence."""

    is_good: bool
    sentence: str
    checked_at: datetime


def latest_checks(db_session: Session) -> dict[str, BackupCheck]:
    """By the copy's name, of the copies that were looked at lately."""
    jobs = db_session.scalars(
        select(Job)
        .where(Job.kind == "check_backup", Job.state.in_(("done", "failed")))
        .order_by(Job.id.desc())
        .limit(_LOOKED_AT)
    )
    found: dict[str, BackupCheck] = {}
    for job in jobs:
        name = str(job.payload.get("name", ""))
        if name not in found and job.finished_at is not None:
            sentence = (job.result or {}).get("sentence") or job.error or ""
            found[name] = BackupCheck(job.state == "done", sentence, job.finished_at)
    return found
