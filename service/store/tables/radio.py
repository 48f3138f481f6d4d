"""What a listener is offered: the list as it was last made, and stations."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column


class RecommendationList(Base, owner="user_id"):
    """A listener's list as it was last made: a cache, good while the revision and the index are those it was made of.

    ``entries`` holds one JSON object a line, best first.
    """

    __tablename__ = "recommendation_list"

    user_id: Mapped[str] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    list_revision: Mapped[int]
    index_sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entries: Mapped[str] = mapped_column(Text)


class Station(Base, owner="user_id"):
    """More like one track, for as long as the listener wants.

    ``wish`` holds how the music should differ from the seed; ``served`` the ids of the tracks it gave.
    """

    __tablename__ = "station"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
    wish: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    served: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = created_at_column()
