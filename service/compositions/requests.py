"""What a composition starts from: a listener's taste cluster and how its nearest tracks sound."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Conflict, InvalidRequest, NotFound
from service.store.tables import Composition, TasteCluster, TasteClusterTrack, Track, TrackEmbedding, User

SHORTEST_SECONDS, LONGEST_SECONDS = 10.0, 600.0

NEAREST_TRACKS = 20
"""Around the medoid and not the centroid: the mean of many tracks is a music that nobody plays."""


@dataclass(frozen=True, eq=False)
class ClusterTaste:
    """A cluster and, for the tracks nearest its medoid (the medoid first), what was measured in them.

    vectors float32 (tracks, size), of unit length; the others (tracks,): tempo in bpm, pitch class 0-11, whether the
    mode is major, and confidence, clarity and percussive share from 0 to 1. Composed tracks are left out where there
    are others, so that the generator does not come to imitate itself.
    """

    cluster_id: str
    position: int
    words: str
    valence: float
    arousal: float
    vectors: NDArray[np.float32]
    tempo_bpm: NDArray[np.float64]
    tempo_confidence: NDArray[np.float64]
    key: NDArray[np.int64]
    is_major: NDArray[np.bool_]
    key_clarity: NDArray[np.float64]
    percussive_share: NDArray[np.float64]


def check_seconds(seconds: float) -> None:
    """Raise InvalidRequest (``seconds_out_of_range``) for a length that is not composed."""
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise InvalidRequest(
            f"A composition lasts {SHORTEST_SECONDS:.0f} to {LONGEST_SECONDS:.0f} seconds.",
            code="seconds_out_of_range",
        )


def choose_cluster(db_session: Session, user: User, cluster_id: str | None) -> TasteCluster:
    """This cluster of the listener's, or their largest that is not muted when None is given.

    Raises NotFound (``unknown_cluster``), Conflict (``no_taste_yet``, ``all_clusters_muted``).
    """
    clusters = _clusters_of(db_session, user)
    if cluster_id is None:
        unmuted = [cluster for cluster in clusters if not cluster.muted]
        if not unmuted:
            raise Conflict(f"All of {user.name}'s tastes are muted.", code="all_clusters_muted")
        return max(unmuted, key=lambda cluster: (cluster.share, -cluster.position))
    for cluster in clusters:
        if cluster.id == cluster_id:
            return cluster
    raise NotFound("There is no such taste.", code="unknown_cluster")


def cluster_at(db_session: Session, user: User, position: int) -> TasteCluster:
    """The listener's cluster at this position; raises NotFound (``no_such_cluster``), Conflict (``no_taste_yet``)."""
    clusters = _clusters_of(db_session, user)
    for cluster in clusters:
        if cluster.position == position:
            return cluster
    raise NotFound(
        f"{user.name} has no cluster {position}: `homespun taste` shows 0 to {clusters[-1].position}.",
        code="no_such_cluster",
    )


def _clusters_of(db_session: Session, user: User) -> Sequence[TasteCluster]:
    clusters = db_session.scalars(
        select(TasteCluster).where(TasteCluster.user_id == user.id).order_by(TasteCluster.position)
    ).all()
    if not clusters:
        raise Conflict(
            f"{user.name} has no taste yet to compose for: listen to something first, or import a history.",
            code="no_taste_yet",
        )
    return clusters


def read_cluster_taste(db_session: Session, cluster: TasteCluster) -> ClusterTaste:
    """What the generator is told about a cluster; raises Conflict (``no_taste_yet``) when its tracks are gone."""
    rows = db_session.execute(
        select(TrackEmbedding, Track.origin)
        .join(Track, Track.id == TrackEmbedding.track_id)
        .join(TasteClusterTrack, TasteClusterTrack.track_id == TrackEmbedding.track_id)
        .where(TasteClusterTrack.cluster_id == cluster.id, TrackEmbedding.encoder_id == cluster.encoder_id)
        .order_by(TrackEmbedding.track_id)
    ).all()
    if not rows:
        raise Conflict("The tracks of this taste are gone; listen to something first.", code="no_taste_yet")
    heard = [row for row, origin in rows if origin == "catalogue"] or [row for row, _ in rows]
    vectors = np.stack([np.frombuffer(row.vector, dtype="<f4") for row in heard])
    medoid = next(
        (vectors[place] for place, row in enumerate(heard) if row.track_id == cluster.medoid_track_id),
        np.frombuffer(cluster.centroid, dtype="<f4"),
    )
    nearest = np.argsort(-(vectors @ medoid), kind="stable")[:NEAREST_TRACKS]
    chosen = [heard[place] for place in nearest]
    return ClusterTaste(
        cluster_id=cluster.id,
        position=cluster.position,
        words=cluster.words,
        valence=float(np.clip(cluster.valence, -1.0, 1.0)),
        arousal=float(np.clip(cluster.arousal, -1.0, 1.0)),
        vectors=np.ascontiguousarray(vectors[nearest], dtype=np.float32),
        tempo_bpm=np.array([row.tempo_bpm for row in chosen]),
        tempo_confidence=np.array([row.tempo_confidence for row in chosen]),
        key=np.array([row.key for row in chosen], dtype=np.int64),
        is_major=np.array([row.mode == "major" for row in chosen]),
        key_clarity=np.array([row.key_clarity for row in chosen]),
        percussive_share=np.array([row.percussive_share for row in chosen]),
    )


def titles_of(db_session: Session, user: User) -> frozenset[str]:
    """The titles this listener's compositions have."""
    return frozenset(db_session.scalars(select(Composition.title).where(Composition.user_id == user.id)))
