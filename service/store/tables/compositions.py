"""What was composed, from what, and what a reviewer said."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class Composition(Base, owner="user_id"):
    """A composed piece and its recipe: seed, model version, dtype and thread count give the same notes again.

    ``media_paths`` holds paths below the media folder under "flac", "midi" and "cover", and under "stems" and "layers" once
    these were asked for. ``job_id`` is the job that made
    it, and makes at most one. ``occasion`` is why it was composed. ``handed_out_at`` is when an app was given it as the
    next fresh piece; ``expired_at`` when retention removed its files. A reviewer's claim ends at ``claimed_until``.
    ``sound_sha256`` is of the samples, whatever the tags. ``nearest`` holds the catalogue tracks that a held piece sounds
    most like, nearest first: their ids and cosines; None until somebody listened for them. A piece that was made by editing
    another names it as ``parent_id``, and under ``edit`` what was done to it.
    """

    __tablename__ = "composition"
    __table_args__ = (
        one_of("state", "composing", "held", "listed", "rejected"),
        Index(None, "user_id", "created_at"),
        Index(None, "job_id", unique=True),
    )

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    cluster_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("taste_cluster.id", ondelete="SET NULL"), index=True
    )
    track_id: Mapped[str | None] = mapped_column(Id, ForeignKey("track.id", ondelete="SET NULL"), unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    title: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float]
    seed: Mapped[int] = mapped_column(BigInteger)
    engine: Mapped[str] = mapped_column(String(40))
    model_version_id: Mapped[str] = mapped_column(Id, ForeignKey("model_version.id"), index=True)
    dtype: Mapped[str] = mapped_column(String(16))
    threads: Mapped[int]
    conditioning: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    measurements: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    media_paths: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    stage_seconds: Mapped[dict[str, float]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = created_at_column()
    # Without foreign keys: jobs are forgotten in time, a claim outlives nothing, and pieces are marked as gone, not deleted.
    job_id: Mapped[str | None] = mapped_column(Id)
    occasion: Mapped[str] = mapped_column(String(16), default="asked", server_default="asked")
    handed_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by_id: Mapped[str | None] = mapped_column(Id)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sound_sha256: Mapped[str | None] = mapped_column(String(64))
    nearest: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    parent_id: Mapped[str | None] = mapped_column(Id)
    edit: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ReviewDecision(Base, owner="composition_id.user_id"):
    """What was decided about a composition. Rows are only ever added: the database refuses anything but an erasure.

    ``action`` is "approve", "reject" or "undo"; an undo names the decision it takes back, which can be done once.
    """

    __tablename__ = "review_decision"
    __table_args__ = (Index(None, "undoes_id", unique=True),)

    id: Mapped[str] = id_column()
    composition_id: Mapped[str] = mapped_column(Id, ForeignKey("composition.id"), index=True)
    reviewer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"), index=True)
    action: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    undoes_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = created_at_column()
