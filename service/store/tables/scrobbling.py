"""What scrobblers tell besides listens: what is heard now, how far an import got, thumbs on what the library has not.

And the tokens by which some of them wait to be let in.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, UtcDateTime, created_at_column, id_column, one_of


class HeardNow(Base, owner="user_id"):
    """What a listener hears at present, as their scrobbler told last; over at ``ends_at``."""

    __tablename__ = "heard_now"

    user_id: Mapped[str] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text)
    album: Mapped[str | None] = mapped_column(Text)
    track_seconds: Mapped[float | None]
    recording_mbid: Mapped[str | None] = mapped_column(String(36))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportMark(Base, owner="user_id"):
    """How far a program has brought listens over from another service; it goes on from there."""

    __tablename__ = "import_mark"

    user_id: Mapped[str] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    service: Mapped[str] = mapped_column(String(40), primary_key=True)
    latest_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UnmatchedThumb(Base, owner="user_id"):
    """A thumb on what the library has not, kept until it has. ``recording_key`` is equal for two thumbs on the same."""

    __tablename__ = "unmatched_thumb"
    __table_args__ = (one_of("value", "up", "down"), UniqueConstraint("user_id", "recording_key"))

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    recording_key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text, default="")
    artist: Mapped[str] = mapped_column(Text, default="")
    recording_mbid: Mapped[str | None] = mapped_column(String(36))
    value: Mapped[str] = mapped_column(String(8))
    context: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = created_at_column()


class ApprovedToken(Base, owner="app_password_id.user_id"):
    """A token that an app was given, which its listener has approved with this app password. The app takes it once."""

    __tablename__ = "approved_token"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    app_password_id: Mapped[str] = mapped_column(
        Id, ForeignKey("app_password.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = created_at_column(index=True)
