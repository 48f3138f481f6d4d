"""Trained models by name and checksum, and what the encoder heard in each track."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, created_at_column, id_column, one_of


class ModelVersion(Base, owner=None):
    """A model that was used or may be; of each kind one at most is promoted, and that one is in use."""

    __tablename__ = "model_version"

    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    config: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    promoted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = created_at_column()

    __table_args__ = (
        one_of("kind", "encoder", "generator", "ranker"),
        UniqueConstraint("kind", "name", "sha256"),
        Index(
            "uq_model_version_promoted",
            "kind",
            unique=True,
            sqlite_where=text("promoted"),
            postgresql_where=text("promoted"),
        ),
    )


class TrackEmbedding(Base, owner="track_id.owner_id"):
    """What one encoder and the feature code found in one track.

    ``vector`` (unit length) and ``tags`` are little-endian float32 arrays as bytes; ``key`` is the pitch class,
    0 = C; ``onset_rate`` is per second; ``valence`` and ``arousal`` lie in [-1, 1].
    """

    __tablename__ = "track_embedding"
    __table_args__ = (
        one_of("mode", "major", "minor"),
        CheckConstraint("key BETWEEN 0 AND 11", name="key"),
    )

    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(Id, ForeignKey("model_version.id"), primary_key=True, index=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    tags: Mapped[bytes] = mapped_column(LargeBinary)
    tempo_bpm: Mapped[float]
    tempo_confidence: Mapped[float]
    key: Mapped[int]
    mode: Mapped[str] = mapped_column(String(8))
    key_clarity: Mapped[float]
    onset_rate: Mapped[float]
    percussive_share: Mapped[float]
    loudness_lufs: Mapped[float]
    brightness_hz: Mapped[float]
    valence: Mapped[float]
    arousal: Mapped[float]
    created_at: Mapped[datetime] = created_at_column()
