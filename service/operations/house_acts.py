"""What owners did to the house and its people: written down in the transaction that does it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import HouseAct


def note_act(
    db_session: Session,
    actor_id: str,
    action: str,
    subject: tuple[str, str],
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down who did what to which ``subject``, a kind ("listener", "model", "job", "store") and an id."""
    kind, subject_id = subject
    db_session.add(
        HouseAct(
            actor_id=actor_id,
            action=action,
            subject_kind=kind,
            subject_id=subject_id,
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )
    db_session.flush()


def list_acts(db_session: Session, limit: int, before_id: str | None = None) -> list[HouseAct]:
    """At most ``limit`` acts, newest first, beginning after the id ``before_id``."""
    found = select(HouseAct).order_by(HouseAct.id.desc()).limit(limit)
    if before_id is not None:
        found = found.where(HouseAct.id < before_id)
    return list(db_session.scalars(found))
