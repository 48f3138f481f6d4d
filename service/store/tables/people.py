"""Who listens, how they prove it, and the passwords their apps use."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column, one_of


class User(Base, owner="id"):
    """A person. Names are compared exactly.

    ``list_revision`` grows with everything the listener's list rests on; ``fresh_per_taste`` is their standing order:
    how many unheard pieces are kept ready for each taste; ``familiar_share`` how much of a list they know already. Nobody
    signs in as one who is turned away (``disabled_at``). ``daily_compositions`` and ``composed_megabytes`` are limits of their
    own; None: the house's, and none. ``password_is_given``: somebody else set it, so they choose one when they sign in. ``erased_at`` is only ever seen by the transaction that erases them: it lets decisions go
    that nothing else may touch.
    """

    __tablename__ = "user_account"
    __table_args__ = (one_of("composed_policy", "mix", "shelf", "never"),)

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(64), unique=True)
    is_owner: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_is_given: Mapped[bool] = mapped_column(default=False, server_default=false())
    composed_policy: Mapped[str] = mapped_column(String(16), default="mix")
    created_at: Mapped[datetime] = created_at_column()
    list_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    fresh_per_taste: Mapped[int] = mapped_column(default=1, server_default="1")
    familiar_share: Mapped[float] = mapped_column(default=0.5, server_default="0.5")
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    daily_compositions: Mapped[int | None]
    composed_megabytes: Mapped[int | None]


class AppPassword(Base, owner="user_id"):
    """A password for one app, kept encrypted because some protocols need it back.

    ``secret_fingerprint`` finds it by its own letters. Both need the key that lies beside the store.
    """

    __tablename__ = "app_password"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    secret_fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = created_at_column()
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginSession(Base, owner="user_id"):
    """A browser that is signed in. ``token_sha256`` is of the secret that only the browser's cookie holds."""

    __tablename__ = "login_session"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = created_at_column()
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Base, owner="user_id"):
    """A program's key to one listener's part of the service, limited to its scopes; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = created_at_column()
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginFailure(Base, owner=None):
    """A password that was wrong, kept for the minutes in which it counts. The name is hashed: it may be anything."""

    __tablename__ = "login_failure"
    __table_args__ = (Index(None, "name_sha256", "failed_at"), Index(None, "address", "failed_at"))

    id: Mapped[str] = id_column()
    name_sha256: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    failed_at: Mapped[datetime] = created_at_column()


class AnsweredRequest(Base, owner="user_id"):
    """What a POST with an ``Idempotency-Key`` was answered, written with what it did: asked again, it is told again."""

    __tablename__ = "answered_request"
    __table_args__ = (Index(None, "user_id", "key", unique=True),)

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    headers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = created_at_column(index=True)
