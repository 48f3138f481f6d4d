"""What was heard and what was thought of it. Listens and thumbs are events: added, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class HistoryImport(Base, owner="user_id"):
    """One history file; deleting it takes its listens and thumbs along.

    ``state`` is "reading" until what the file holds is known (``preview``), "ready" until its listener agrees,
    "importing" and "done". ``counts`` is the report, of the rows that were taken so far. ``options`` is what the listener
    said of the file. ``job_id`` names the job that reads it.
    """

    __tablename__ = "history_import"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = created_at_column()
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="done", server_default="done")
    preview: Mapped[dict[str, Any] | None] = mapped_column(Json)
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    job_id: Mapped[str | None] = mapped_column(Id)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Listen(Base, owner="user_id"):
    """One play or skip. ``dedupe_key`` makes the same event, told twice, one row.

    ``match_confidence``: how sure it is that the track is the one that was told of; None where the player named it.
    """

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
    match_confidence: Mapped[float | None]


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
    import_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("history_import.id", ondelete="CASCADE"), index=True
    )


class Mute(Base, owner="user_id"):
    """What a listener never wants to be offered: one track, an artist, an album, or whatever sounds like a tag.

    ``key`` is what tracks are compared by: the track's id, or a name without case and accents; ``shown`` is what the
    listener reads. ``track_id`` is the track itself where one track is muted.
    """

    __tablename__ = "mute"
    __table_args__ = (
        one_of("scope", "track", "artist", "album", "tag"),
        UniqueConstraint("user_id", "scope", "key"),
    )

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(Text)
    shown: Mapped[str] = mapped_column(Text)
    track_id: Mapped[str | None] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
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
