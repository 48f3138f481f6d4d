"""A listener's history as the arrays the recommender reads."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.interactions import Interactions
from service.store.tables import Listen

_SECONDS_PER_HOUR = 3600


def history(db_session: Session, user_id: str) -> Interactions:
    """Every listen of a track in the library, oldest first. Hours are UTC. Listens without a track are left out."""
    rows = db_session.execute(
        select(
            Listen.track_id, Listen.listened_at, Listen.played_seconds, Listen.track_seconds, Listen.skipped
        )
        .where(Listen.user_id == user_id, Listen.track_id.is_not(None))
        .order_by(Listen.listened_at, Listen.id)
    ).all()
    track_ids = tuple(sorted({row.track_id for row in rows if row.track_id is not None}))
    index_of = {track_id: index for index, track_id in enumerate(track_ids)}
    listened_at = np.array([int(row.listened_at.timestamp()) for row in rows], dtype=np.int64)
    return Interactions(
        track_ids=track_ids,
        track=np.array([index_of[row.track_id] for row in rows if row.track_id is not None], dtype=np.int32),
        listened_at=listened_at,
        hour=(listened_at // _SECONDS_PER_HOUR % 24).astype(np.int8),
        played_share=np.array(
            [_played_share(row.played_seconds, row.track_seconds) for row in rows], dtype=np.float32
        ),
        skipped=np.array([row.skipped for row in rows], dtype=np.bool_),
    )


def _played_share(played_seconds: float | None, track_seconds: float | None) -> float:
    if played_seconds is None or not track_seconds:
        return float("nan")
    return min(max(played_seconds / track_seconds, 0.0), 1.0)
