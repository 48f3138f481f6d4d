"""What sounds like one track, as far as a listener wants to hear it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.candidates import TrackTable
from service.errors import Conflict
from service.library.published_index import open_index
from service.library.visibility import find_track
from service.listening.thumbs import thumbs_in_force
from service.radio.audible import AudibleTracks
from service.settings import Settings
from service.store.tables import TasteCluster, TrackEmbedding, User

# So many more are looked at, since some lie in tastes that are muted.
_TIMES_WANTED, _MORE = 2, 50


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The tracks nearest to ``seed``, float32 (d,), nearest first, with their cosines float64 (n,)."""

    encoder_id: str
    seed: NDArray[np.float32]
    tracks: TrackTable
    similarity: NDArray[np.float64]


def find_neighbours(
    db_session: Session, settings: Settings, user_id: str, track_id: str, count: int, *, without: set[str]
) -> Neighbours:
    """At least ``count`` neighbours where the library has them: none with a thumb down, of a muted taste or ``without``.

    Raises NotFound (``unknown_track``), NotPrepared (``index_missing``) and Conflict (``not_listened_to_yet``).
    """
    find_track(db_session, user_id, track_id)
    published, index = open_index(settings.index_dir)
    seed = _vector(db_session, track_id, published.encoder_id)
    policy = db_session.scalars(select(User.composed_policy).where(User.id == user_id)).one()
    audible = AudibleTracks(db_session, user_id, policy, published, index)
    audible.checked = True
    down = {other for other, value in thumbs_in_force(db_session, user_id).items() if value == "down"}
    left_out = down | without | {track_id}
    found = audible.search(seed[None, :], _TIMES_WANTED * count + _MORE + len(left_out))[0]
    table = audible.load([other for other in found if other not in left_out])
    table = table.at(np.flatnonzero(~_is_muted(db_session, user_id, published.encoder_id, table.vectors)))
    similarity = (table.vectors @ seed).astype(np.float64)
    nearest_first = np.argsort(-similarity, kind="stable")
    return Neighbours(published.encoder_id, seed, table.at(nearest_first), similarity[nearest_first])


def _vector(db_session: Session, track_id: str, encoder_id: str) -> NDArray[np.float32]:
    stored = db_session.scalar(
        select(TrackEmbedding.vector).where(
            TrackEmbedding.track_id == track_id, TrackEmbedding.encoder_id == encoder_id
        )
    )
    if stored is None:
        raise Conflict(
            "This track has not been listened to yet: try again when the library has been worked through.",
            code="not_listened_to_yet",
        )
    return np.frombuffer(stored, dtype="<f4")


def _is_muted(
    db_session: Session, user_id: str, encoder_id: str, vectors: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which of these vectors (n, d) belong to a taste that is muted, bool (n,)."""
    tastes = db_session.execute(
        select(TasteCluster.centroid, TasteCluster.muted)
        .where(TasteCluster.user_id == user_id, TasteCluster.encoder_id == encoder_id)
        .order_by(TasteCluster.position)
    ).all()
    if not any(taste.muted for taste in tastes):
        return np.zeros(len(vectors), dtype=np.bool_)
    centroids = np.stack([np.frombuffer(taste.centroid, dtype="<f4") for taste in tastes])
    muted = np.array([taste.muted for taste in tastes], dtype=np.bool_)
    of_muted: NDArray[np.bool_] = muted[np.argmax(vectors @ centroids.T, axis=1)]
    return of_muted
