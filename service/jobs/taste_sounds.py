"""What tracks sound like, from the rows that keep it, for the words a taste is told in."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recommender.manner import Sounds
from recommender.tags import TAGS
from service.store.tables import Track, TrackEmbedding

_LIBRARY_SAMPLE = 500
_MEASURED = tuple(field.name for field in fields(Sounds) if field.name != "tags")


def sounds_of(rows: Iterable[Any]) -> Sounds:
    """The sounds of rows that have TrackEmbedding's columns, in their order; there may be none."""
    listed = list(rows)
    tags = np.frombuffer(b"".join(row.tags for row in listed), dtype="<f4").astype(np.float64)
    return Sounds(
        tags=tags.reshape(len(listed), len(TAGS)),
        **{name: np.array([getattr(row, name) for row in listed], dtype=np.float64) for name in _MEASURED},
    )


def library_sounds(db_session: Session, encoder_id: str) -> Sounds:
    """Up to 500 tracks from all over the catalogue: nobody's composed music takes part, nor what is no music."""
    columns = [getattr(TrackEmbedding, name) for name in ("tags", *_MEASURED)]
    return sounds_of(
        db_session.execute(
            select(*columns)
            .join(Track, Track.id == TrackEmbedding.track_id)
            .where(
                TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.is_music, Track.origin == "catalogue"
            )
            # The random end of an id: in the order they came, an album would stand for the library.
            .order_by(func.substr(Track.id, 17), Track.id)
            .limit(_LIBRARY_SAMPLE)
        ).all()
    )
