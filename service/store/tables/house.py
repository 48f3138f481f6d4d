"""What owners do to the house and its people, written down for good."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, created_at_column, id_column


class HouseAct(Base, owner=None):
    """One thing an owner did. Rows are only ever added: the database refuses anything else.

    People are named by their ids alone, so that nothing of whoever moves out stays here. ``before`` and ``after`` hold what
    was changed.
    """

    __tablename__ = "house_act"

    id: Mapped[str] = id_column()
    # Without foreign keys: what was done stays when people and jobs are gone.
    actor_id: Mapped[str] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Id)
    before: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = created_at_column()
