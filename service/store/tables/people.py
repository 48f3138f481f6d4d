"""Who listens, and the passwords their apps use."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class User(Base, owner="id"):
    """A person. Names are compared exactly."""

    __tablename__ = "user_account"
    __table_args__ = (one_of("composed_policy", "mix", "shelf", "never"),)

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(64), unique=True)
    is_owner: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    composed_policy: Mapped[str] = mapped_column(String(16), default="mix")
    created_at: Mapped[datetime] = created_at_column()


class AppPassword(Base, owner="user_id"):
    """A password for one app, kept encrypted because some protocols need it back."""

    __tablename__ = "app_password"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = created_at_column()
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
