"""Beside another server: which one, who has an account there, and what was exchanged with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Id, Json, UtcDateTime, created_at_column, id_column


class ElsewhereServer(Base, owner=None):
    """The OpenSubsonic server beside which the house works, named by its owner; there is one at most.

    ``folder`` is where composed pieces are put for it, as the system has the path; None where they are not.
    """

    __tablename__ = "elsewhere_server"

    id: Mapped[str] = id_column()
    url: Mapped[str] = mapped_column(Text)
    folder: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = created_at_column()


class ElsewhereAccount(Base, owner="user_id"):
    """A listener's own account there. The password is encrypted with the key that lies beside the store.

    ``sends_password``: the server takes no salted token, and they agreed to send the password itself.
    ``with_pieces``: their composed pieces are put into the server's folder. ``report`` is what the last sync did.
    ``refused_at``: since then the server takes this name and password no more.
    """

    __tablename__ = "elsewhere_account"

    id: Mapped[str] = id_column()
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), unique=True)
    server_id: Mapped[str] = mapped_column(
        Id, ForeignKey("elsewhere_server.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(255))
    password_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    with_pieces: Mapped[bool] = mapped_column(default=False)
    sends_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = created_at_column()
    job_id: Mapped[str | None] = mapped_column(Id)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    report: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ElsewherePlaylist(Base, owner="account_id.user_id"):
    """A playlist of ours that is kept there: by its id here, its id there."""

    __tablename__ = "elsewhere_playlist"

    account_id: Mapped[str] = mapped_column(
        Id, ForeignKey("elsewhere_account.id", ondelete="CASCADE"), primary_key=True
    )
    playlist_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    remote_id: Mapped[str] = mapped_column(String(255))


class ElsewhereCount(Base, owner="account_id.user_id"):
    """How often a track was played there in all. Only the last play has a time, which is a listen of its own."""

    __tablename__ = "elsewhere_count"

    account_id: Mapped[str] = mapped_column(
        Id, ForeignKey("elsewhere_account.id", ondelete="CASCADE"), primary_key=True
    )
    track_id: Mapped[str] = mapped_column(
        Id, ForeignKey("track.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    plays: Mapped[int]
    last_played_at: Mapped[datetime] = mapped_column(UtcDateTime)
