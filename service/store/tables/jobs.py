"""Work to do and work done. The row is both the queue and the truth."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class Job(Base, owner="user_id"):
    """One piece of work, for a listener or (``user_id`` null) for the house.

    ``fence`` grows each time the job is taken up; a result is stored only by the holder of the present fence.
    ``revision`` grows with every change a person may want to see. Of the queued jobs with one ``singleton_key`` there is
    at most one. ``worker`` names the process that holds it.
    """

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", "queued", "running", "done", "failed", "cancelled"),
        Index(None, "state", "priority", "id"),
        Index(
            "uq_job_singleton_key_queued",
            "singleton_key",
            unique=True,
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
    )

    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    user_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=1)
    priority: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)
    progress_text: Mapped[str] = mapped_column(Text, default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(String(80))
    fence: Mapped[int] = mapped_column(default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    # A queued job that is paused is not taken up; a running one goes back to the queue as soon as its worker hears of it.
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("job.id", ondelete="SET NULL"), index=True)
    run_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    repeat_seconds: Mapped[int | None]
    singleton_key: Mapped[str | None] = mapped_column(String(120))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = created_at_column()
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
