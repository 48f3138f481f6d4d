"""What can be played: folders, tracks, and what could not be read."""

import os
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from service.store.search_text import album_text, folded, track_text
from service.store.tables.base import Base, Id, UtcDateTime, created_at_column, id_column, one_of, utc_now


class LibraryFolder(Base, owner=None):
    """A folder of music that is scanned and never written to."""

    __tablename__ = "library_folder"

    id: Mapped[str] = id_column()
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = created_at_column()
    last_scanned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# Sorted by its characters' numbers, as SQLite does, so that a range of an index holds what begins alike.
Folded = Text().with_variant(Text(collation="C"), "postgresql")


def _given(context: DefaultExecutionContext, *names: str) -> tuple[Any, ...]:
    parameters = context.get_current_parameters()  # type: ignore[no-untyped-call]  # SQLAlchemy's own has no types
    return tuple(parameters.get(name) for name in names)


class Track(Base, owner="owner_id"):
    """A piece of music. A catalogue track is nobody's; a composed one belongs to ``owner_id``.

    ``path`` is the file's name as the system has it (``os.fsencode``), which need not be valid text.
    ``content_hash`` identifies the decoded audio, so a moved or re-tagged file stays the same track.
    """

    __tablename__ = "track"
    __table_args__ = (
        one_of("origin", "catalogue", "composed"),
        CheckConstraint("origin = 'composed' OR owner_id IS NULL", name="catalogue_has_no_owner"),
        UniqueConstraint("origin", "content_hash"),
        Index(None, "track_text", "id"),
    )

    id: Mapped[str] = id_column()
    origin: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    folder_id: Mapped[str | None] = mapped_column(Id, ForeignKey("library_folder.id"), index=True)
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    title: Mapped[str | None] = mapped_column(Text)
    artist: Mapped[str | None] = mapped_column(Text)
    album: Mapped[str | None] = mapped_column(Text)
    album_artist: Mapped[str | None] = mapped_column(Text)
    genre: Mapped[str | None] = mapped_column(Text)
    year: Mapped[int | None]
    track_number: Mapped[int | None]
    disc_number: Mapped[int | None]
    isrc: Mapped[str | None] = mapped_column(String(12), index=True)
    recording_mbid: Mapped[str | None] = mapped_column(String(36), index=True)
    duration_seconds: Mapped[float]
    sample_rate: Mapped[int]
    channels: Mapped[int]
    codec: Mapped[str] = mapped_column(String(40))
    bit_rate: Mapped[int | None]
    # What a player adds so that all tracks sound equally loud; None until the track was listened to.
    gain_db: Mapped[float | None]
    # Folded for searching and sorting, and kept in step with the names by themselves.
    track_text: Mapped[str] = mapped_column(
        Folded,
        default=lambda context: track_text(*_given(context, "title", "artist", "album")),
        server_default="",
    )
    artist_text: Mapped[str] = mapped_column(
        Folded, default=lambda context: folded(*_given(context, "artist")), server_default="", index=True
    )
    album_text: Mapped[str] = mapped_column(
        Folded,
        default=lambda context: album_text(*_given(context, "album", "album_artist", "artist")),
        server_default="",
        index=True,
    )
    created_at: Mapped[datetime] = created_at_column()
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    @property
    def display_path(self) -> str:
        """The path as text; bytes that are no text become the replacement character."""
        return self.path.decode("utf-8", "replace")

    @property
    def file_name(self) -> str:
        """The path as ``open`` takes it, whatever its bytes."""
        return os.fsdecode(self.path)


@event.listens_for(Track, "before_update")
def _keep_texts(_mapper: object, _connection: object, track: Track) -> None:
    track.track_text = track_text(track.title, track.artist, track.album)
    track.artist_text = folded(track.artist)
    track.album_text = album_text(track.album, track.album_artist, track.artist)


class ScanFailure(Base, owner=None):
    """A file that could not be read, and why; forgotten when it changes."""

    __tablename__ = "scan_failure"

    id: Mapped[str] = id_column()
    folder_id: Mapped[str] = mapped_column(
        Id, ForeignKey("library_folder.id", ondelete="CASCADE"), index=True
    )
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
