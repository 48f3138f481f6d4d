"""What people keep through the apps they use: playlists, a queue, bookmarks, albums and artists they marked."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class Playlist(Base, owner="user_id"):
    """Tracks that a listener put in an order, under a name."""

    __tablename__ = "playlist"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = created_at_column()
    changed_at: Mapped[datetime] = created_at_column()


class PlaylistTrack(Base, owner="playlist_id.user_id"):
    """A track's place in a playlist, counted from 0; one track may have several."""

    __tablename__ = "playlist_track"

    playlist_id: Mapped[str] = mapped_column(
        Id, ForeignKey("playlist.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)


class PlayQueue(Base, owner="user_id"):
    """What a listener was playing, to go on with in another app; ``current_index`` counts from 0."""

    __tablename__ = "play_queue"

    user_id: Mapped[str] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    track_ids: Mapped[list[str]] = mapped_column(Json)
    current_index: Mapped[int | None]
    position_seconds: Mapped[float]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(120))


class Bookmark(Base, owner="user_id"):
    """A place in a track that a listener marked, to go on from there."""

    __tablename__ = "bookmark"

    user_id: Mapped[str] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    track_id: Mapped[str] = mapped_column(
        Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position_seconds: Mapped[float]
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = created_at_column()
    changed_at: Mapped[datetime] = created_at_column()


class Favourite(Base, owner="user_id"):
    """An album or artist that a listener marked, by the name it is found by. It teaches nothing: only thumbs do."""

    __tablename__ = "favourite"
    __table_args__ = (
        one_of("kind", "album", "artist"),
        Index(None, "user_id", "kind", "name_text", unique=True),
    )

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    name_text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = created_at_column()
