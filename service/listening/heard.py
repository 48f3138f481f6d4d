"""What a listener heard, newest first."""

from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.store.tables import Listen


def list_listens(
    db_session: Session, user_id: str, *, before: tuple[datetime, str] | None = None, limit: int
) -> list[Listen]:
    """At most ``limit`` listens, those before the one of this time and id where one is given."""
    listens = (
        select(Listen)
        .where(Listen.user_id == user_id)
        .order_by(Listen.listened_at.desc(), Listen.id.desc())
        .limit(limit)
    )
    if before is not None:
        listens = listens.where(tuple_(Listen.listened_at, Listen.id) < before)
    return list(db_session.scalars(listens))
