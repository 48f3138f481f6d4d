"""Plays that another server only counted: of each track it tells how many there were, and when the last one was."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from service.store.tables import ElsewhereAccount, ElsewhereCount

MOST_COUNTED = 1_000
"""Of one track; what was played so often is loved, and more rows would not say more."""


def with_counted(db_session: Session, user_id: str, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """The listens (track id, seconds since 1970, played and whole length, skipped), oldest first, and as many more as were
    counted elsewhere beyond them. Those stand where the last one does: when they were nobody knows.
    """
    counts = db_session.execute(
        select(ElsewhereCount.track_id, ElsewhereCount.plays, extract("epoch", ElsewhereCount.last_played_at))
        .join(ElsewhereAccount, ElsewhereAccount.id == ElsewhereCount.account_id)
        .where(ElsewhereAccount.user_id == user_id)
        .order_by(ElsewhereCount.track_id)
    ).all()
    if not counts:
        return rows
    known = Counter(row[0] for row in rows if not row[4])
    more: list[Sequence[Any]] = []
    for track_id, plays, moment in counts:
        unknown = min(plays, MOST_COUNTED) - known[track_id]
        more += [(track_id, moment, None, None, False)] * max(unknown, 0)
    return sorted([*rows, *more], key=lambda row: row[1])
