"""A listener's taste: clusters of tracks, recomputed from history."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, id_column, utc_now


class TasteCluster(Base, owner="user_id"):
    """One taste of a listener. ``position`` counts from 0 by share; ``hour_profile`` has 24 numbers, by local hour.

    ``centroid`` is a little-endian float32 array as bytes, in the space of the encoder. ``own_valence`` and
    ``own_arousal`` are what the listener says the emotion is, where they corrected it.
    """

    __tablename__ = "taste_cluster"
    __table_args__ = (UniqueConstraint("user_id", "position"),)

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    position: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    medoid_track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
    centroid: Mapped[bytes] = mapped_column(LargeBinary)
    encoder_id: Mapped[str] = mapped_column(Id, ForeignKey("model_version.id"), index=True)
    share: Mapped[float]
    valence: Mapped[float]
    arousal: Mapped[float]
    valence_spread: Mapped[float]
    arousal_spread: Mapped[float]
    hour_profile: Mapped[list[float]] = mapped_column(Json)
    muted: Mapped[bool] = mapped_column(default=False)
    weight: Mapped[float] = mapped_column(default=1.0)
    own_valence: Mapped[float | None]
    own_arousal: Mapped[float | None]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class TasteClusterTrack(Base, owner="cluster_id.user_id"):
    """A track's place in a cluster; ``weight`` is how much it counts there."""

    __tablename__ = "taste_cluster_track"

    cluster_id: Mapped[str] = mapped_column(
        Id, ForeignKey("taste_cluster.id", ondelete="CASCADE"), primary_key=True
    )
    track_id: Mapped[str] = mapped_column(
        Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    weight: Mapped[float]


class EmotionCorrection(Base, owner="user_id"):
    """What a listener says a track's emotion is, where they find the estimate wrong; each in [-1, 1], None = as estimated."""

    __tablename__ = "emotion_correction"

    user_id: Mapped[str] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    track_id: Mapped[str] = mapped_column(
        Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    valence: Mapped[float | None]
    arousal: Mapped[float | None]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class EmotionCalibration(Base, owner=None):
    """How this house hears: a line for valence and one for arousal, fitted to all its listeners' corrections."""

    __tablename__ = "emotion_calibration"

    encoder_id: Mapped[str] = mapped_column(
        Id, ForeignKey("model_version.id", ondelete="CASCADE"), primary_key=True
    )
    valence_slope: Mapped[float] = mapped_column(default=1.0)
    valence_offset: Mapped[float] = mapped_column(default=0.0)
    arousal_slope: Mapped[float] = mapped_column(default=1.0)
    arousal_offset: Mapped[float] = mapped_column(default=0.0)
    corrections: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
