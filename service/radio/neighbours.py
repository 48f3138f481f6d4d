"""What sounds like one track, as far as a listener wants to hear it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.candidates import TrackTable
from service.errors import Conflict, NotPrepared
from service.library.further_encoders import open_further_index
from service.library.published_index import open_index
from service.library.visibility import find_track
from service.listening.thumbs import thumbs_in_force
from service.radio.audible import AudibleTracks
from service.settings import Settings
from service.store.tables import TasteCluster, TrackEmbedding, TrackVector, User

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
    db_session: Session,
    settings: Settings,
    user_id: str,
    track_id: str,
    count: int,
    *,
    without: set[str],
    further: str | None = None,
) -> Neighbours:
    """At least ``count`` neighbours where the library has them: none with a thumb down, of a muted taste or ``without``.

    ``further`` names an encoder to go by other than the one in use. Raises NotFound (``unknown_track``), NotPrepared
    (``index_missing``), InvalidRequest (``unknown_encoder``) and Conflict (``not_listened_to_yet``,
    ``encoder_not_added``).
    """
    find_track(db_session, user_id, track_id)
    published, index = (
        open_index(settings.index_dir) if further is None else open_further_index(settings, further)
    )
    seed = _vector(
        db_session, track_id, published.encoder_id, TrackEmbedding if further is None else TrackVector
    )
    policy = db_session.scalars(select(User.composed_policy).where(User.id == user_id)).one()
    audible = AudibleTracks(db_session, user_id, policy, published, index)
    audible.checked = True
    down = {other for other, value in thumbs_in_force(db_session, user_id).items() if value == "down"}
    left_out = down | without | {track_id}
    found = audible.search(seed[None, :], _TIMES_WANTED * count + _MORE + len(left_out))[0]
    table = audible.load([other for other in found if other not in left_out])
    muted = (
        _is_muted(db_session, user_id, published.encoder_id, table.vectors)
        if further is None
        else _is_muted_by_ear_in_use(db_session, settings, user_id, table.track_ids)
    )
    table = table.at(np.flatnonzero(~muted))
    similarity = (table.vectors @ seed).astype(np.float64)
    nearest_first = np.argsort(-similarity, kind="stable")
    return Neighbours(published.encoder_id, seed, table.at(nearest_first), similarity[nearest_first])


def _vector(
    db_session: Session, track_id: str, encoder_id: str, rows: type[TrackEmbedding] | type[TrackVector]
) -> NDArray[np.float32]:
    stored = db_session.scalar(
        select(rows.vector).where(rows.track_id == track_id, rows.encoder_id == encoder_id)
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


def _is_muted_by_ear_in_use(
    db_session: Session, settings: Settings, user_id: str, track_ids: tuple[str, ...]
) -> NDArray[np.bool_]:
    """As `_is_muted`, of tracks that another encoder found; one that the encoder in use has not heard is not muted."""
    muted = np.zeros(len(track_ids), dtype=np.bool_)
    try:
        published, index = open_index(settings.index_dir)
    except NotPrepared:
        return muted
    positions = index.positions_of(track_ids)
    known = positions >= 0
    muted[known] = _is_muted(db_session, user_id, published.encoder_id, index.vectors_at(positions[known]))
    return muted
