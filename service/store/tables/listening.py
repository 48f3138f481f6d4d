"""What was heard and what was thought of it. Listens and thumbs are events: added, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class HistoryImport(Base, owner="user_id"):
    """One history file that was read in; deleting it takes its listens along."""

    __tablename__ = "history_import"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = created_at_column()
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Listen(Base, owner="user_id"):
    """One play or skip. ``dedupe_key`` makes the same event, told twice, one row."""

    __tablename__ = "listen"
    __table_args__ = (UniqueConstraint("user_id", "dedupe_key"), Index(None, "user_id", "listened_at"))

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    track_id: Mapped[str | None] = mapped_column(Id, ForeignKey("track.id", ondelete="SET NULL"), index=True)
    listened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text)
    album: Mapped[str | None] = mapped_column(Text)
    played_seconds: Mapped[float | None]
    track_seconds: Mapped[float | None]
    skipped: Mapped[bool] = mapped_column(default=False)
    recording_mbid: Mapped[str | None] = mapped_column(String(36))
    isrc: Mapped[str | None] = mapped_column(String(12))
    import_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("history_import.id", ondelete="CASCADE"), index=True
    )
    dedupe_key: Mapped[str] = mapped_column(String(255))


class Thumb(Base, owner="user_id"):
    """One press of a thumb; the latest of a listener and track is in force. ``context`` is where it was pressed."""

    __tablename__ = "thumb"
    __table_args__ = (one_of("value", "up", "down", "clear"), Index(None, "user_id", "track_id", "id"))

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
    value: Mapped[str] = mapped_column(String(8))
    context: Mapped[str | None] = mapped_column(String(64))
    position_seconds: Mapped[float | None]
    created_at: Mapped[datetime] = created_at_column()


class PlaybackEvent(Base, owner="user_id"):
    """What a player told of one play: it began, went on, was skipped or came to its end.

    ``play_key`` is the player's own name for the play; the same event told twice is one row.
    """

    __tablename__ = "playback_event"
    __table_args__ = (
        one_of("kind", "start", "progress", "skip", "end"),
        UniqueConstraint("user_id", "play_key", "kind", "position_seconds"),
    )

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
    play_key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    position_seconds: Mapped[float]
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
