"""A listener's history as the arrays the recommender reads."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from recommender.interactions import Interactions
from service.listening.counted_elsewhere import with_counted
from service.store.tables import Listen

_SECONDS_PER_HOUR = 3600


def history(db_session: Session, user_id: str) -> Interactions:
    """Every listen of a track in the library, oldest first. Hours are UTC. Listens without a track are left out.

    What another server only counted takes part, too (`with_counted`).
    """
    listens = db_session.execute(
        select(
            Listen.track_id,
            # A number straight from the database: making thousands of datetimes of a long history takes too long.
            extract("epoch", Listen.listened_at),
            Listen.played_seconds,
            Listen.track_seconds,
            Listen.skipped,
        )
        .where(Listen.user_id == user_id, Listen.track_id.is_not(None))
        .order_by(Listen.listened_at, Listen.id)
    ).all()
    rows = with_counted(db_session, user_id, listens)
    heard, moments, played, lengths, skipped = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    track_ids = tuple(sorted(set(heard)))
    index_of = {track_id: index for index, track_id in enumerate(track_ids)}
    listened_at = np.array([int(moment) for moment in moments], dtype=np.int64)
    return Interactions(
        track_ids=track_ids,
        track=np.array([index_of[track_id] for track_id in heard], dtype=np.int32),
        listened_at=listened_at,
        hour=(listened_at // _SECONDS_PER_HOUR % 24).astype(np.int8),
        played_share=_shares(np.array(played, dtype=np.float64), np.array(lengths, dtype=np.float64)),
        skipped=np.array(skipped, dtype=np.bool_),
    )


def _shares(played_seconds: NDArray[np.float64], track_seconds: NDArray[np.float64]) -> NDArray[np.float32]:
    """What part of each track was played, 0-1; NaN where either length is not known."""
    known_lengths = np.where(track_seconds == 0.0, np.nan, track_seconds)
    return np.clip(played_seconds / known_lengths, 0.0, 1.0).astype(np.float32)
