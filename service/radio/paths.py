"""A way from one track to another through tracks that lie between them in sound."""

import numpy as np

from service.errors import Conflict, InvalidRequest
from service.library.published_index import open_index
from service.library.songs import songs_of
from service.library.visibility import find_track
from service.listening.thumbs import thumbs_in_force
from service.radio.audible import AudibleTracks
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track, User

MOST_ON_PATH = 100
_NEIGHBOURS = 50


def sonic_path(
    database: Database, settings: Settings, user_id: str, start_id: str, end_id: str, count: int
) -> list[tuple[Track, float]]:
    """At most ``count`` tracks from the first to the last of these, each with its cosine to the first.

    The places between are evenly spaced on the straight line between the two vectors; each is taken by the nearest
    track that has no place yet. Raises InvalidRequest (``count_out_of_range``), NotFound (``unknown_track``),
    NotPrepared (``index_missing``) and Conflict (``not_listened_to_yet``).
    """
    if not 2 <= count <= MOST_ON_PATH:
        raise InvalidRequest(f"A path has 2 to {MOST_ON_PATH} tracks.", code="count_out_of_range")
    with database.session(read_only=True) as db_session:
        for track_id in (start_id, end_id):
            find_track(db_session, user_id, track_id)
        published, index = open_index(settings.index_dir)
        policy = db_session.get_one(User, user_id).composed_policy
        audible = AudibleTracks(db_session, user_id, policy, published, index)
        audible.checked = True
        ends = audible.load([start_id, end_id])
        if set(ends.track_ids) != {start_id, end_id}:
            raise Conflict("One of the tracks has not been listened to yet.", code="not_listened_to_yet")
        start, end = (ends.vectors[ends.track_ids.index(each)] for each in (start_id, end_id))
        share = np.linspace(0.0, 1.0, count)[1:-1, None]
        between = ((1.0 - share) * start + share * end).astype(np.float32)
        between /= np.maximum(np.linalg.norm(between, axis=1, keepdims=True), 1e-9)
        taken = {start_id, end_id} | {
            each for each, value in thumbs_in_force(db_session, user_id).items() if value == "down"
        }
        path = [start_id]
        for found in audible.search(between, _NEIGHBOURS + len(taken)) if len(between) else []:
            free = next((each for each in found if each not in taken), None)
            if free is not None:
                path.append(free)
                taken.add(free)
        path = list(dict.fromkeys([*path, end_id]))
        table = audible.load(path)
        cosine = {
            each: float(vector @ start) for each, vector in zip(table.track_ids, table.vectors, strict=True)
        }
        tracks = songs_of(db_session, user_id, [each for each in path if each in cosine])
        return [(track, min(1.0, max(-1.0, cosine[track.id]))) for track in tracks]
