"""The tracks of a listener's clusters, as they are stored."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.store.tables import TasteCluster, TasteClusterTrack


def members_of(db_session: Session, user_id: str) -> dict[str, dict[str, float]]:
    """Cluster id -> track id -> weight, of the clusters as they are stored."""
    members: dict[str, dict[str, float]] = {}
    rows = db_session.execute(
        select(TasteClusterTrack.cluster_id, TasteClusterTrack.track_id, TasteClusterTrack.weight)
        .join(TasteCluster, TasteCluster.id == TasteClusterTrack.cluster_id)
        .where(TasteCluster.user_id == user_id)
        .order_by(TasteCluster.position, TasteClusterTrack.track_id)
    )
    for cluster_id, track_id, weight in rows:
        members.setdefault(cluster_id, {})[track_id] = weight
    return members


def replace_members(db_session: Session, cluster_id: str, weights: Mapping[str, float]) -> None:
    """A cluster has these tracks from now on, track id -> weight, and no others."""
    db_session.execute(delete(TasteClusterTrack).where(TasteClusterTrack.cluster_id == cluster_id))
    db_session.add_all(
        TasteClusterTrack(cluster_id=cluster_id, track_id=track_id, weight=weight)
        for track_id, weight in weights.items()
    )
    db_session.flush()
