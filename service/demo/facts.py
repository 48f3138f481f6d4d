"""What the demo made, read from the rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.settings import Settings
from service.store.tables import Composition, Listen, ModelVersion, TasteCluster, Track, User


def count_tracks(db_session: Session) -> int:
    """Tracks of the catalogue."""
    return db_session.scalar(select(func.count()).where(Track.origin == "catalogue")) or 0


def count_listens(db_session: Session) -> int:
    """Plays and skips of all listeners."""
    return db_session.scalar(select(func.count()).select_from(Listen)) or 0


def cluster_facts(db_session: Session, users: Sequence[User]) -> list[dict[str, Any]]:
    """All clusters of these listeners, each listener's largest first."""
    rows = db_session.execute(
        select(TasteCluster, Track)
        .join(Track, Track.id == TasteCluster.medoid_track_id)
        .where(TasteCluster.user_id.in_([user.id for user in users]))
        .order_by(TasteCluster.position)
    ).all()
    return [
        {
            "user": user.name,
            "position": cluster.position,
            "words": cluster.words,
            "share": round(cluster.share, 4),
            "valence": round(cluster.valence, 3),
            "arousal": round(cluster.arousal, 3),
            "medoid": {"track_id": track.id, "title": track.title, "artist": track.artist},
            "hour_profile": [round(share, 4) for share in cluster.hour_profile],
        }
        for user in users
        for cluster, track in rows
        if cluster.user_id == user.id
    ]


def composition_facts(db_session: Session, settings: Settings, users: Sequence[User]) -> list[dict[str, Any]]:
    """The newest composition for each of these listeners' clusters."""
    newest = (
        select(func.max(Composition.id))
        .where(Composition.cluster_id.is_not(None))
        .group_by(Composition.cluster_id)
    )
    rows = db_session.execute(
        select(Composition, TasteCluster, ModelVersion)
        .join(TasteCluster, TasteCluster.id == Composition.cluster_id)
        .join(ModelVersion, ModelVersion.id == Composition.model_version_id)
        .where(Composition.id.in_(newest))
        .order_by(TasteCluster.position)
    ).all()
    return [
        {
            "user": user.name,
            "cluster": cluster.position,
            "title": composition.title,
            "seconds": composition.seconds,
            "engine": composition.engine,
            "model_version": f"{version.name}@{version.sha256[:12]}",
            "seed": composition.seed,
            "dtype": composition.dtype,
            "threads": composition.threads,
            "state": composition.state,
            "track_id": composition.track_id,
            "files": {kind: str(settings.media_dir / path) for kind, path in composition.media_paths.items()},
            "stage_seconds": dict(composition.stage_seconds),
        }
        for user in users
        for composition, cluster, version in rows
        if cluster.user_id == user.id
    ]
