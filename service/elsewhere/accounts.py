"""Listeners' own accounts on the other server."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.app_password_keys import AppPasswordKeys
from service.elsewhere.server import server_in_use
from service.errors import Conflict, InvalidRequest
from service.listening.imports import undo_import
from service.operations.job_queue import cancel, enqueue
from service.operations.job_requests import sync_elsewhere
from service.store.ids import new_id
from service.store.tables import ElsewhereAccount, HistoryImport, Job
from service.store.texts import is_name, is_one_line

SOURCE = "elsewhere"
"""Where listens and thumbs say that they are from."""

NAME_MAX_CHARACTERS = 255
PASSWORD_MAX_CHARACTERS = 1_000


def connect(
    db_session: Session,
    keys: AppPasswordKeys,
    user_id: str,
    name: str,
    password: str,
    *,
    with_pieces: bool = False,
    sends_password: bool = False,
) -> ElsewhereAccount:
    """Keep a listener's name and password for the other server, in place of what was kept before.

    ``with_pieces``: their composed pieces are put where everybody who uses that server finds them. ``sends_password``:
    it is an older server, which is sent the password itself. Raises Conflict (``elsewhere_is_off``) and InvalidRequest
    (``bad_elsewhere_name``, ``bad_elsewhere_password``).
    """
    server = server_in_use(db_session)
    if not is_name(name, NAME_MAX_CHARACTERS):
        raise InvalidRequest("A name is one line, with no blank at either end.", code="bad_elsewhere_name")
    if not password or len(password) > PASSWORD_MAX_CHARACTERS or not is_one_line(password):
        raise InvalidRequest("A password is one line that is not empty.", code="bad_elsewhere_password")
    row = find_account(db_session, user_id)
    if row is not None and row.name != name:
        # Playlists and counts of another account there are not this one's.
        db_session.delete(row)
        db_session.flush()
        row = None
    if row is None:
        row = ElsewhereAccount(id=new_id(), user_id=user_id, server_id=server.id, name=name)
        db_session.add(row)
    row.password_encrypted = keys.encrypted(password, row.id)
    row.with_pieces, row.sends_password, row.refused_at = with_pieces, sends_password, None
    db_session.flush()
    return row


def find_account(db_session: Session, user_id: str) -> ElsewhereAccount | None:
    """The listener's account there; None where they gave none."""
    return db_session.scalar(select(ElsewhereAccount).where(ElsewhereAccount.user_id == user_id))


def account_in_use(db_session: Session, user_id: str) -> ElsewhereAccount:
    """As `find_account`; raises Conflict (``elsewhere_is_off``, ``elsewhere_not_connected``) where there is none."""
    server_in_use(db_session)
    row = find_account(db_session, user_id)
    if row is None:
        raise Conflict(
            "You gave no name and password for the other server yet.", code="elsewhere_not_connected"
        )
    return row


def sync_soon(db_session: Session, user_id: str) -> Job:
    """The job that brings a listener's two servers together. Raises as `account_in_use` does."""
    account = account_in_use(db_session, user_id)
    job = enqueue(db_session, sync_elsewhere(user_id))
    account.job_id = job.id
    db_session.flush()
    return job


def disconnect(db_session: Session, user_id: str, *, undo: bool = False) -> None:
    """Forget a listener's account there, and call off what is done by it. Nothing is changed on the other server.

    ``undo`` also takes back all listens and thumbs that came from there.
    """
    account = find_account(db_session, user_id)
    if account is not None:
        job = db_session.get(Job, account.job_id) if account.job_id is not None else None
        if job is not None and job.state in ("queued", "running"):
            cancel(db_session, job)
        db_session.delete(account)
        db_session.flush()
    if undo:
        theirs = select(HistoryImport.id).where(
            HistoryImport.user_id == user_id, HistoryImport.source == SOURCE
        )
        for import_id in db_session.scalars(theirs).all():
            undo_import(db_session, user_id, import_id)
