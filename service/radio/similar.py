"""More like this one, in one go."""

from sqlalchemy import select

from service.errors import InvalidRequest
from service.radio.neighbours import find_neighbours
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track

MOST_SIMILAR = 200


def similar_tracks(
    database: Database,
    settings: Settings,
    user_id: str,
    track_id: str,
    count: int,
    *,
    encoder: str | None = None,
) -> list[Track]:
    """The ``count`` tracks nearest to this one that the listener may and wants to hear, nearest first.

    ``encoder`` names a further encoder to go by. Raises InvalidRequest (``count_out_of_range``, ``unknown_encoder``),
    NotFound (``unknown_track``), NotPrepared (``index_missing``) and Conflict (``not_listened_to_yet``,
    ``encoder_not_added``).
    """
    nearest = nearest_tracks(database, settings, user_id, track_id, count, encoder=encoder)
    return [track for track, _ in nearest]


def nearest_tracks(
    database: Database,
    settings: Settings,
    user_id: str,
    track_id: str,
    count: int,
    *,
    encoder: str | None = None,
) -> list[tuple[Track, float]]:
    """As `similar_tracks`, each with its cosine."""
    if not 1 <= count <= MOST_SIMILAR:
        raise InvalidRequest(f"1 to {MOST_SIMILAR} tracks can be asked for.", code="count_out_of_range")
    with database.session(read_only=True) as db_session:
        neighbours = find_neighbours(
            db_session, settings, user_id, track_id, count, without=set(), further=encoder
        )
        ids = neighbours.tracks.track_ids
        rows = {
            track.id: track for track in db_session.scalars(select(Track).where(Track.id.in_(ids[:count])))
        }
        near = zip(ids[:count], neighbours.similarity[:count], strict=True)
        return [(rows[found], float(cosine)) for found, cosine in near]
