"""Two tastes that the listener finds to be one."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.errors import Conflict, NotFound
from service.listening.emotions import emotions_corrected, hold_calibration
from service.listening.taste import find_cluster, read_taste
from service.operations.job_queue import enqueue
from service.operations.job_requests import update_taste
from service.store.tables import Composition, TasteCluster, TasteClusterTrack, TasteMerge


def merge_clusters(db_session: Session, user_id: str, cluster_id: str, other_id: str) -> TasteCluster:
    """Makes the other taste part of this one, which keeps its name, weight and mute; they stay one when worked out anew.

    Raises NotFound (``unknown_cluster``) and Conflict (``merged_with_itself``, ``taste_of_another_encoder``).
    """
    if cluster_id == other_id:
        raise Conflict("A taste cannot be merged with itself.", code="merged_with_itself")
    kept, other = (find_cluster(db_session, user_id, each) for each in (cluster_id, other_id))
    if kept.encoder_id != other.encoder_id:
        raise Conflict(
            "One of these tastes was heard by an earlier encoder: wait until it has been worked out anew.",
            code="taste_of_another_encoder",
        )
    hold_calibration(db_session)
    _remember(db_session, user_id, kept, other)
    _move_tracks(db_session, kept, other)
    shares = np.array([kept.share, other.share])
    centroid = shares @ np.stack([np.frombuffer(each.centroid, dtype="<f4") for each in (kept, other)])
    kept.centroid = (centroid / max(float(np.linalg.norm(centroid)), 1e-9)).astype("<f4").tobytes()
    kept.hour_profile = [
        float(share) for share in np.average([kept.hour_profile, other.hour_profile], axis=0, weights=shares)
    ]
    kept.share = min(float(shares.sum()), 1.0)
    db_session.delete(other)
    db_session.flush()
    _put_in_order(db_session, read_taste(db_session, user_id))
    emotions_corrected(db_session, user_id)
    return kept


def merges_of(db_session: Session, user_id: str) -> list[TasteMerge]:
    """What the listener has merged, newest first."""
    rows = select(TasteMerge).where(TasteMerge.user_id == user_id).order_by(TasteMerge.id.desc())
    return list(db_session.scalars(rows))


def split_again(db_session: Session, user_id: str, merge_id: str) -> None:
    """Lets the two be told apart again, which they are when the taste is next worked out: that is asked for.

    Raises NotFound (``unknown_merge``).
    """
    row = db_session.scalar(
        select(TasteMerge).where(TasteMerge.id == merge_id, TasteMerge.user_id == user_id)
    )
    if row is None:
        raise NotFound("There is no such merge.", code="unknown_merge")
    db_session.delete(row)
    enqueue(db_session, update_taste(user_id))
    db_session.flush()


def _remember(db_session: Session, user_id: str, kept: TasteCluster, other: TasteCluster) -> None:
    pair = (kept.medoid_track_id, other.medoid_track_id)
    known = select(TasteMerge.id).where(
        TasteMerge.user_id == user_id, TasteMerge.track_id == pair[0], TasteMerge.other_track_id == pair[1]
    )
    if db_session.scalar(known) is None:
        db_session.add(TasteMerge(user_id=user_id, track_id=pair[0], other_track_id=pair[1]))


def _move_tracks(db_session: Session, kept: TasteCluster, other: TasteCluster) -> None:
    already = select(TasteClusterTrack.track_id).where(TasteClusterTrack.cluster_id == kept.id)
    of_other = TasteClusterTrack.cluster_id == other.id
    db_session.execute(
        delete(TasteClusterTrack).where(of_other, TasteClusterTrack.track_id.in_(already)),
        execution_options={"synchronize_session": False},
    )
    db_session.execute(
        update(TasteClusterTrack).where(of_other).values(cluster_id=kept.id),
        execution_options={"synchronize_session": False},
    )
    db_session.execute(
        update(Composition).where(Composition.cluster_id == other.id).values(cluster_id=kept.id),
        execution_options={"synchronize_session": False},
    )


def _put_in_order(db_session: Session, clusters: Sequence[TasteCluster]) -> None:
    """Positions by share, the largest first; they are unique, so all step aside before any takes its place."""
    for place, cluster in enumerate(clusters):
        cluster.position = -1 - place
    db_session.flush()
    for place, cluster in enumerate(sorted(clusters, key=lambda each: (-each.share, each.id))):
        cluster.position = place
    db_session.flush()
