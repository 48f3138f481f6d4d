"""A listener whose tracks, and so whose taste, are known by construction."""

from dataclasses import dataclass

import numpy as np

from service.accounts.people import add_user
from service.operations.model_versions import register
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import TasteCluster, TasteClusterTrack, Track, TrackEmbedding, User


@dataclass(frozen=True)
class Listener:
    """A listener and the vectors of their tracks, by track id."""

    user: User
    vectors: dict[str, np.ndarray]


def vector(*numbers: float) -> np.ndarray:
    """Return a unit vector."""
    array = np.array(numbers, dtype="<f4")
    return array / np.linalg.norm(array)


def add_track(database: Database, encoder_id: str, found: np.ndarray, owner: str | None = None) -> str:
    """Add a pleasant track in D minor, with drums, at 100 bpm and its vector's first number more; return its id."""
    name = new_id()
    with database.session() as db_session:
        track = Track(
            origin="composed" if owner else "catalogue",
            owner_id=owner,
            path=f"/music/{name}.flac".encode(),
            content_hash=name,
            size_bytes=1,
            modified_ns=1,
            duration_seconds=60.0,
            sample_rate=48000,
            channels=2,
            codec="flac",
        )
        db_session.add(track)
        db_session.flush()
        db_session.add(
            TrackEmbedding(
                track_id=track.id,
                encoder_id=encoder_id,
                vector=found.tobytes(),
                tags=np.zeros(100, dtype="<f4").tobytes(),
                tempo_bpm=100.0 + found[0],
                tempo_confidence=0.5,
                key=2,
                mode="minor",
                key_clarity=0.8,
                onset_rate=3.0,
                percussive_share=0.3,
                loudness_lufs=-14.0,
                brightness_hz=1500.0,
                valence=0.25,
                arousal=0.0,
            )
        )
        return track.id


def add_cluster(
    database: Database,
    listener: Listener,
    encoder_id: str,
    position: int,
    share: float,
    *,
    muted: bool = False,
) -> str:
    medoid = next(iter(listener.vectors))
    with database.session() as db_session:
        cluster = TasteCluster(
            user_id=listener.user.id,
            position=position,
            words=f"words {position}",
            medoid_track_id=medoid,
            centroid=listener.vectors[medoid].tobytes(),
            encoder_id=encoder_id,
            share=share,
            valence=0.25,
            arousal=-1.5,
            valence_spread=0.1,
            arousal_spread=0.1,
            hour_profile=[1.0 / 24] * 24,
            muted=muted,
        )
        db_session.add(cluster)
        db_session.flush()
        db_session.add_all(
            TasteClusterTrack(cluster_id=cluster.id, track_id=track_id, weight=1.0)
            for track_id in listener.vectors
        )
        return cluster.id


def add_encoder(database: Database) -> str:
    """Register an encoder of three numbers."""
    with database.session() as db_session:
        return register(db_session, "encoder", "tiny", "0" * 64, {"vector_size": 3}, {}).id


def add_listener(database: Database, encoder_id: str) -> Listener:
    """Add Anna, with thirty tracks that lie ever farther from the first one."""
    with database.session() as db_session:
        user = add_user(db_session, "anna")
    vectors = [vector(1.0, 0.1 * step, 0.0) for step in range(30)]
    return Listener(user, {add_track(database, encoder_id, each): each for each in vectors})
