"""Trained models by name and checksum, and what the encoder heard in each track."""

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
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import (
    Base,
    Id,
    Json,
    UtcDateTime,
    created_at_column,
    id_column,
    one_of,
    utc_now,
)


class ModelVersion(Base, owner=None):
    """A model that was used or may be; of each kind one at most is promoted, and that one is in use.

    ``promoted_at`` is when it last came into use, so that what was in use before can be found again.
    """

    __tablename__ = "model_version"

    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    config: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    promoted: Mapped[bool] = mapped_column(default=False)
    promoted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
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
    0 = C; ``onset_rate`` is per second; ``loudness_range_lu`` (EBU Tech 3342) is of the whole track; ``beat_strength``,
    ``roughness`` and ``voice`` (how likely somebody sings) lie in [0, 1]. ``valence`` and ``arousal`` lie in [-1, 1], each
    with the standard deviation it may be wrong by; ``emotion_curve`` is float32 (points, 2) of both along the track.
    What is no music (somebody reads or talks) is kept out of tastes and lists; ``warnings`` are stable codes.
    ``index_offset`` names what was taken out of a composition's vector so that it lies among recordings; null: nothing.
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
    # What versions before the ear's own did not measure has a value that says so.
    beat_strength: Mapped[float] = mapped_column(default=0.0, server_default="0")
    roughness: Mapped[float] = mapped_column(default=0.0, server_default="0")
    loudness_range_lu: Mapped[float] = mapped_column(default=0.0, server_default="0")
    voice: Mapped[float] = mapped_column(default=0.5, server_default="0.5")
    valence_uncertainty: Mapped[float] = mapped_column(default=1.0, server_default="1")
    arousal_uncertainty: Mapped[float] = mapped_column(default=1.0, server_default="1")
    emotion_curve: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_music: Mapped[bool] = mapped_column(default=True, server_default=true())
    warnings: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    index_offset: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = created_at_column()


class EmbeddingFailure(Base, owner="track_id.owner_id"):
    """A track that an encoder could not listen to, and why; tried again when its file changes."""

    __tablename__ = "embedding_failure"

    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(Id, ForeignKey("model_version.id"), primary_key=True, index=True)
    code: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class TrackVector(Base, owner="track_id.owner_id"):
    """Where a further encoder, which the owner chose to add, places a track: a unit vector, little-endian float32."""

    __tablename__ = "track_vector"

    track_id: Mapped[str] = mapped_column(Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(Id, ForeignKey("model_version.id"), primary_key=True, index=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = created_at_column()
