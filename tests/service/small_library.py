"""Tracks whose vectors and tags are known, so that it is known which of them sound alike."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from recommender.tags import TAGS
from service.accounts.people import add_user
from service.jobs import rebuild_index
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import register
from service.settings import Settings
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import ModelVersion, Track, TrackEmbedding, User

SIZE = 8
SOUND_TAGS = {"piano": "mtt:piano", "metal": "msd:metal", "choir": "mtt:choir"}
AXES = {sound: axis for axis, sound in enumerate(SOUND_TAGS)}
AROUSAL = {"piano": -0.6, "metal": 0.7, "choir": -0.1}


def add_listener(database: Database, name: str = "ada") -> User:
    with database.session() as db_session:
        return add_user(db_session, name)


def add_track(db_session: Session, title: str | None, artist: str | None = None, **columns: Any) -> Track:
    """A catalogue track of 200 s, without an embedding."""
    track_id = new_id()
    values: dict[str, Any] = {
        "id": track_id,
        "origin": "catalogue",
        "path": f"/music/{track_id}.flac".encode(),
        "content_hash": track_id,
        "size_bytes": 1,
        "modified_ns": 1,
        "title": title,
        "artist": artist,
        "duration_seconds": 200.0,
        "sample_rate": 44_100,
        "channels": 2,
        "codec": "flac",
    }
    track = Track(**(values | columns))
    db_session.add(track)
    db_session.flush()
    return track


def blob_encoder(db_session: Session) -> ModelVersion:
    return register(db_session, "encoder", "blobs", "0" * 64, {"vector_size": SIZE}, {})


def embed(
    db_session: Session, track: Track, sound: str, rng: np.random.Generator, spread: float = 0.08
) -> None:
    """Gives the track a vector near the axis of its sound, and the sound's tag."""
    vector = rng.normal(scale=spread, size=SIZE)
    vector[AXES[sound]] += 1.0
    tags = np.full(100, 0.02)
    tags[TAGS.index(SOUND_TAGS[sound])] = 0.8
    db_session.add(
        TrackEmbedding(
            track_id=track.id,
            encoder_id=blob_encoder(db_session).id,
            vector=(vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
            tags=tags.astype("<f4").tobytes(),
            tempo_bpm=100.0,
            tempo_confidence=1.0,
            key=0,
            mode="major",
            key_clarity=1.0,
            onset_rate=2.0,
            percussive_share=0.3,
            loudness_lufs=-14.0,
            brightness_hz=1_500.0,
            valence=0.2,
            arousal=AROUSAL[sound],
        )
    )
    db_session.flush()


def add_sounding_tracks(db_session: Session, sound: str, count: int, rng: np.random.Generator) -> list[Track]:
    """`count` tracks called "piano 0", "piano 1"..., by as many artists as it takes for two tracks each."""
    tracks = [
        add_track(db_session, f"{sound} {index}", f"{sound} artist {index // 2}") for index in range(count)
    ]
    for track in tracks:
        embed(db_session, track, sound, rng)
    return tracks


def add_composed(db_session: Session, user: User, title: str, sound: str, rng: np.random.Generator) -> Track:
    """A track that was composed for this listener, listed."""
    track = add_track(db_session, title, f"{user.name}'s studio", origin="composed", owner_id=user.id)
    embed(db_session, track, sound, rng)
    return track


def publish(database: Database, settings: Settings) -> None:
    """The search index of all that has an embedding."""
    run_inline(database, settings, rebuild_index, job_requests.rebuild_index().payload, lambda *_: None)


def listen_line(title: str, artist: str, listened_at: int, **info: Any) -> dict[str, Any]:
    """A row of a ListenBrainz export."""
    return {
        "listened_at": listened_at,
        "inserted_at": listened_at + 1,
        "track_metadata": {"track_name": title, "artist_name": artist, "additional_info": info},
    }


def write_lines(path: Path, rows: Iterable[dict[str, Any] | str]) -> Path:
    """A .jsonl file; a row given as text is written as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
