"""What a composition starts from: a listener's taste cluster and how its nearest tracks sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session

from service.compositions.quotas import check_room
from service.compositions.retention import was_heard
from service.compositions.wishes import Wish
from service.errors import Conflict, InvalidRequest, NotFound, TooManyRequests
from service.library.visibility import visible_to
from service.listening.taste import find_cluster
from service.operations.job_queue import enqueue
from service.operations.job_requests import LARGEST_SEED, compose_music, standing_orders
from service.settings import Settings
from service.store.tables import (
    Composition,
    Job,
    TasteCluster,
    TasteClusterTrack,
    Thumb,
    Track,
    TrackEmbedding,
    User,
    utc_now,
)

SHORTEST_SECONDS, LONGEST_SECONDS = 10.0, 600.0

NEXT = "next"
"""The occasion of a piece that somebody asked for as the next one, when none was ready."""

ASKED_OCCASIONS = ("asked", NEXT)
"""What counts towards a listener's quota; a standing order does not."""

QUOTA_KINDS = ("compose_music", "edit_composition")
"""What is composed anew and what is made of it: both take the machine's time."""

MOST_WAITING = 5
"""Pieces that one listener may have asked for and not yet got."""

_DAY = timedelta(days=1)
_KEPT_FOR_ITS_JOB = timedelta(hours=1)
_WORTH_WAITING_SECONDS = 30

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
        valence=_emotion(cluster.own_valence, cluster.valence),
        arousal=_emotion(cluster.own_arousal, cluster.arousal),
        vectors=np.ascontiguousarray(vectors[nearest], dtype=np.float32),
        tempo_bpm=np.array([row.tempo_bpm for row in chosen]),
        tempo_confidence=np.array([row.tempo_confidence for row in chosen]),
        key=np.array([row.key for row in chosen], dtype=np.int64),
        is_major=np.array([row.mode == "major" for row in chosen]),
        key_clarity=np.array([row.key_clarity for row in chosen]),
        percussive_share=np.array([row.percussive_share for row in chosen]),
    )


def _emotion(own: float | None, heard: float) -> float:
    """What the listener says it is, or else what was heard in the tracks; -1 to 1."""
    return float(np.clip(heard if own is None else own, -1.0, 1.0))


def titles_of(db_session: Session, user: User) -> frozenset[str]:
    """The titles this listener's compositions have."""
    return frozenset(db_session.scalars(select(Composition.title).where(Composition.user_id == user.id)))


def request_composition(
    db_session: Session,
    settings: Settings,
    user_id: str,
    *,
    cluster_id: str | None = None,
    seconds: float = 60.0,
    seed: int | None = None,
    occasion: str = "asked",
    wish: Wish | None = None,
) -> Job:
    """Queues a composition for one of the listener's tastes, the largest that is not muted if none is named.

    Raises InvalidRequest (``seconds_out_of_range``, ``seed_out_of_range``), NotFound (``unknown_cluster``), Conflict
    (``no_taste_yet``, ``all_clusters_muted``) and what `check_quota` raises.
    """
    check_seconds(seconds)
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise InvalidRequest(f"A seed lies between 0 and {LARGEST_SEED}.", code="seed_out_of_range")
    cluster = choose_cluster(db_session, db_session.get_one(User, user_id), cluster_id)
    check_quota(db_session, settings, user_id)
    return enqueue(
        db_session,
        compose_music(
            user_id,
            cluster_id=cluster.id,
            seconds=seconds,
            seed=seed,
            occasion=occasion,
            wish=None if wish is None else wish.to_payload(),
        ),
    )


def check_quota(db_session: Session, settings: Settings, user_id: str) -> None:
    """Raise what says that the listener may ask for no more at present, by their own limits or else the house's.

    That is TooManyRequests (``quota_reached``, ``too_many_waiting``) or Conflict (``storage_quota_reached``).
    """
    now = utc_now()
    user = db_session.get_one(User, user_id)
    check_room(db_session, settings.media_dir, user)
    most = settings.daily_compositions if user.daily_compositions is None else user.daily_compositions
    asked = db_session.execute(
        select(Job.state, Job.created_at)
        .where(
            Job.user_id == user_id,
            Job.kind.in_(QUOTA_KINDS),
            Job.created_at > now - _DAY,
            Job.state.not_in(("failed", "cancelled")),
            Job.payload["occasion"].as_string().in_(ASKED_OCCASIONS),
        )
        .order_by(Job.created_at)
    ).all()
    if sum(row.state in ("queued", "running") for row in asked) >= MOST_WAITING:
        raise TooManyRequests(
            f"{MOST_WAITING} pieces are being composed for you already: wait for one of them.",
            code="too_many_waiting",
            retry_after_seconds=_WORTH_WAITING_SECONDS,
        )
    if len(asked) >= most:
        until = asked[0].created_at + _DAY - now if asked else _DAY
        raise TooManyRequests(
            f"{most} pieces a day can be asked for: that was today's last.",
            code="quota_reached",
            retry_after_seconds=max(int(until.total_seconds()), 1),
        )


def next_piece(
    db_session: Session, settings: Settings, user_id: str, *, cluster_id: str | None = None
) -> Track | Job:
    """A piece of the listener's that nobody was handed and they never heard, or the job that composes one.

    The piece is marked as handed out in the same transaction, so that two who ask never get the same one, and another
    is queued in its place. What a job of this function's composes is kept for an hour for whoever waits for that job.
    Raises NotFound (``unknown_cluster``) and what `request_composition` raises.
    """
    if cluster_id is not None:
        find_cluster(db_session, user_id, cluster_id)
    found = db_session.scalars(_fresh(user_id, cluster_id)).first()
    if found is None:
        return request_composition(
            db_session,
            settings,
            user_id,
            cluster_id=cluster_id,
            seconds=settings.composed_seconds,
            occasion=NEXT,
        )
    found.handed_out_at = utc_now()
    db_session.flush()
    enqueue(db_session, standing_orders())
    return db_session.get_one(Track, found.track_id)


def _fresh(user_id: str, cluster_id: str | None) -> Select[Composition]:
    """The listener's fresh pieces, the oldest first, each locked for whoever reads it first."""
    judged = exists().where(Thumb.user_id == user_id, Thumb.track_id == Composition.track_id)
    awaited = and_(Composition.occasion == NEXT, Composition.created_at > utc_now() - _KEPT_FOR_ITS_JOB)
    if cluster_id is None:
        muted = exists().where(TasteCluster.id == Composition.cluster_id, TasteCluster.muted)
        of_taste = ~muted
    else:
        of_taste = Composition.cluster_id == cluster_id
    return (
        select(Composition)
        .join(Track, Track.id == Composition.track_id)
        .where(
            Composition.user_id == user_id,
            Composition.handed_out_at.is_(None),
            visible_to(user_id),
            Track.missing_since.is_(None),
            of_taste,
            ~was_heard(),
            ~judged,
            ~awaited,
        )
        .order_by(Composition.created_at, Composition.id)
        .limit(1)
        .with_for_update(of=Composition, skip_locked=True)
    )
