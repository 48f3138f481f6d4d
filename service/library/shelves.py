"""The two shelves of a house as music apps know them: what was found in folders, and what was composed for the listener."""

from typing import Literal

from sqlalchemy import ColumnElement, and_

from service.library.visibility import visible_to
from service.store.tables import Track

Shelf = Literal["catalogue", "composed"]


def on_shelf(user_id: str, shelf: Shelf | None = None) -> ColumnElement[bool]:
    """The condition on `Track` under which this listener can play it, on this shelf or on either."""
    playable = and_(Track.missing_since.is_(None), visible_to(user_id))
    return playable if shelf is None else and_(playable, Track.origin == shelf)
