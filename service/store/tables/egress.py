"""What left the house."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, created_at_column, id_column


class EgressRequest(Base, owner="user_id"):
    """A request to another machine, written before it is sent; without its query, its body and its headers.

    ``status`` is None where no answer came. ``host`` has the port where one is named.
    """

    __tablename__ = "egress_request"
    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[str] = id_column()
    created_at: Mapped[datetime] = created_at_column()
    feature: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    host: Mapped[str] = mapped_column(String(300))
    method: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(Text)
    sent_bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
