"""What sounds most like one track."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.library.published_index import open_index
from service.library.visibility import find_track
from service.radio.audible import AudibleTracks
from service.settings import Settings
from service.store.tables import Track, TrackEmbedding, User


def similar_tracks(
    db_session: Session, settings: Settings, user_id: str, track_id: str, count: int
) -> list[Track]:
    """At most ``count`` tracks on offer to this listener, the most similar first, the track itself left out.

    Raises NotFound (``unknown_track``), Conflict (``not_heard_yet``) and NotPrepared (``index_missing``).
    """
    track = find_track(db_session, user_id, track_id)
    published, index = open_index(settings.index_dir)
    vector = db_session.scalar(
        select(TrackEmbedding.vector).where(
            TrackEmbedding.track_id == track.id, TrackEmbedding.encoder_id == published.encoder_id
        )
    )
    if vector is None:
        raise Conflict("This track has not been listened to yet: try again later.", code="not_heard_yet")
    policy = db_session.get_one(User, user_id).composed_policy
    audible = AudibleTracks(db_session, user_id, policy, published, index)
    found = audible.search(np.frombuffer(vector, dtype="<f4")[None, :], count + 1)[0]
    wanted = [each for each in found if each != track.id]
    rows = {
        row.id: row
        for row in db_session.scalars(
            select(Track).where(Track.id.in_(wanted), Track.missing_since.is_(None))
        )
    }
    return [rows[each] for each in wanted if each in rows][:count]
