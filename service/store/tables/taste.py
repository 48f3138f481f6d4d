"""A listener's taste: clusters of tracks, recomputed from history."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, utc_now


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


class TasteMerge(Base, owner="user_id"):
    """Two tracks, each the centre of a taste when the listener made the two one: their tastes stay one."""

    __tablename__ = "taste_merge"
    __table_args__ = (UniqueConstraint("user_id", "track_id", "other_track_id"),)

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
    other_track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = created_at_column()


class TasteSnapshot(Base, owner="user_id"):
    """One taste as it was on one day, so that it can be seen how it drifts; the last of a day is kept.

    ``cluster_id`` is that of a taste that may be gone; ``centroid`` is as in `TasteCluster`, in the space of the encoder.
    """

    __tablename__ = "taste_snapshot"
    __table_args__ = (UniqueConstraint("user_id", "day", "cluster_id"),)

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    day: Mapped[date]
    cluster_id: Mapped[str] = mapped_column(Id)
    words: Mapped[str] = mapped_column(Text)
    share: Mapped[float]
    valence: Mapped[float]
    arousal: Mapped[float]
    centroid: Mapped[bytes] = mapped_column(LargeBinary)
    encoder_id: Mapped[str] = mapped_column(
        Id, ForeignKey("model_version.id", ondelete="CASCADE"), index=True
    )


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
