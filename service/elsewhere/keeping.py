"""What a sync found out and did, in the store."""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.elsewhere.accounts import SOURCE
from service.elsewhere.telling import Counted, Told
from service.errors import Cancelled
from service.listening.history_import import finish_import, store_batch
from service.listening.import_report import ImportReport
from service.listening.list_revisions import list_changed
from service.operations.job_queue import enqueue
from service.operations.job_requests import taste_soon
from service.store.tables import (
    ElsewhereAccount,
    ElsewhereCount,
    ElsewherePlaylist,
    ElsewhereServer,
    HistoryImport,
    utc_now,
)


def account_of_sync(db_session: Session, account_id: str) -> ElsewhereAccount:
    """The account a sync is for, for as long as the transaction lasts. Raises Cancelled where it was forgotten."""
    account = db_session.get(ElsewhereAccount, account_id, with_for_update=True)
    if account is None:
        raise Cancelled("This account was disconnected.")
    return account


def store_told(db_session: Session, account: ElsewhereAccount, job_id: str, told: Told) -> None:
    """Adds what is new of it to the import of this sync, so that it can be undone as a whole; counts are put in place."""
    row = _import_of(db_session, account, job_id)
    if row is None:
        server = db_session.get_one(ElsewhereServer, account.server_id)
        row = HistoryImport(
            user_id=account.user_id,
            source=SOURCE,
            file_name=server.url,
            file_sha256=hashlib.sha256(server.url.encode()).hexdigest(),
            state="importing",
            counts=ImportReport(SOURCE).to_json(),
            job_id=job_id,
        )
        db_session.add(row)
        db_session.flush()
    store_batch(db_session, row, told.batch)
    if _keep_counts(db_session, account.id, told.counts):
        list_changed(db_session, account.user_id)
        enqueue(db_session, taste_soon(account.user_id))


def keep_playlist(db_session: Session, account_id: str, playlist_id: str, remote_id: str) -> None:
    """Remembers which playlist there is which of ours."""
    row = db_session.get(ElsewherePlaylist, (account_id, playlist_id))
    if row is None:
        db_session.add(ElsewherePlaylist(account_id=account_id, playlist_id=playlist_id, remote_id=remote_id))
    else:
        row.remote_id = remote_id
    db_session.flush()


def forget_playlist(db_session: Session, account_id: str, playlist_id: str) -> None:
    """It is there no more."""
    db_session.execute(
        delete(ElsewherePlaylist).where(
            ElsewherePlaylist.account_id == account_id, ElsewherePlaylist.playlist_id == playlist_id
        )
    )


def finish_sync(
    db_session: Session, account: ElsewhereAccount, job_id: str, done: dict[str, int]
) -> dict[str, Any]:
    """Says what came of it. An import that brought nothing is no import."""
    row = _import_of(db_session, account, job_id)
    report = ImportReport(SOURCE) if row is None else finish_import(db_session, row)
    if row is not None and not report.imported:
        db_session.delete(row)
        report.import_id = None
    account.synced_at = utc_now()
    told = {**report.to_json(), **done}
    account.report = told
    db_session.flush()
    return told


def _import_of(db_session: Session, account: ElsewhereAccount, job_id: str) -> HistoryImport | None:
    return db_session.scalar(
        select(HistoryImport).where(
            HistoryImport.user_id == account.user_id,
            HistoryImport.source == SOURCE,
            HistoryImport.job_id == job_id,
        )
    )


def _keep_counts(db_session: Session, account_id: str, counts: Iterable[Counted]) -> bool:
    """Whether any of them was another before. Of two songs that are one track of ours the more played one counts."""
    most: dict[str, Counted] = {}
    for counted in counts:
        if counted.track_id not in most or counted.plays > most[counted.track_id].plays:
            most[counted.track_id] = counted
    if not most:
        return False
    known = {
        row.track_id: (row.plays, row.last_played_at)
        for row in db_session.scalars(
            select(ElsewhereCount).where(
                ElsewhereCount.account_id == account_id, ElsewhereCount.track_id.in_(most)
            )
        )
    }
    changed = [each for each in most.values() if known.get(each.track_id) != each[1:]]
    if not changed:
        return False
    insert = postgresql.insert if db_session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(ElsewhereCount).values([{"account_id": account_id, **c._asdict()} for c in changed])
    db_session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "track_id"],
            set_={"plays": statement.excluded.plays, "last_played_at": statement.excluded.last_played_at},
        )
    )
    return True
