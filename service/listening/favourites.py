"""Albums and artists that a listener marked. Tracks are marked by thumbs, from which the taste is learned."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.store.tables import Favourite

FavouriteKind = Literal["album", "artist"]


def mark_favourite(db_session: Session, user_id: str, kind: FavouriteKind, key: str) -> None:
    """Marks the album or artist of this key; one that is marked stays so, since when it was."""
    if key not in favourites(db_session, user_id, kind):
        db_session.add(Favourite(user_id=user_id, kind=kind, name_text=key))
        db_session.flush()


def unmark_favourite(db_session: Session, user_id: str, kind: FavouriteKind, key: str) -> None:
    """Takes the mark away, if there is one."""
    db_session.execute(
        delete(Favourite).where(
            Favourite.user_id == user_id, Favourite.kind == kind, Favourite.name_text == key
        )
    )


def favourites(db_session: Session, user_id: str, kind: FavouriteKind) -> dict[str, datetime]:
    """Key -> since when it is marked, the latest first."""
    rows = db_session.execute(
        select(Favourite.name_text, Favourite.created_at)
        .where(Favourite.user_id == user_id, Favourite.kind == kind)
        .order_by(Favourite.id.desc())
    )
    return {key: since for key, since in rows}
