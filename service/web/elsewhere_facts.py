"""A listener's account on the other server, as the account page shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.elsewhere.accounts import find_account
from service.elsewhere.server import find_server
from service.store.tables import Job


@dataclass(frozen=True)
class ElsewhereStanding:
    """Which server it is, the name there ("" where none was given), how the last sync went and what it did.

    ``share`` is how far a sync is that goes on, None where none does. ``trouble`` says why the last one failed.
    """

    server: str
    takes_pieces: bool
    name: str
    with_pieces: bool
    sends_password: bool
    is_refused: bool
    share: float | None
    doing: str
    trouble: str
    synced_at: datetime | None
    report: dict[str, Any] | None


def elsewhere_standing(db_session: Session, user_id: str) -> ElsewhereStanding | None:
    """None where the house works beside no other server."""
    server = find_server(db_session)
    if server is None:
        return None
    account = find_account(db_session, user_id)
    job = db_session.get(Job, account.job_id) if account is not None and account.job_id is not None else None
    moves = job is not None and job.state in ("queued", "running")
    failed = job is not None and job.state == "failed"
    return ElsewhereStanding(
        server=server.url,
        takes_pieces=server.folder is not None,
        name="" if account is None else account.name,
        with_pieces=account is not None and account.with_pieces,
        sends_password=account is not None and account.sends_password,
        is_refused=account is not None and account.refused_at is not None,
        share=min(max(job.progress, 0.0), 1.0) if job is not None and moves else None,
        doing=job.progress_text if job is not None and moves else "",
        trouble=(job.error or "") if job is not None and failed else "",
        synced_at=None if account is None else account.synced_at,
        report=None if account is None else account.report,
    )
