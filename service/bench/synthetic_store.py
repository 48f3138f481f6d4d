"""A store as large as asked for, filled in bulk: tracks with vectors, listeners with histories, tastes and thumbs.

Nothing of it can be played. The same sizes and seed give the same store.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert
from sqlalchemy.orm import Session
from ulid import ULID

from recommender.index import TrackIndex
from recommender.metric import DIMENSIONS as VECTOR_SIZE
from service.bench.synthetic_listening import draw_listener
from service.library.published_index import publish_index
from service.settings import Settings
from service.store.database import Database
from service.store.tables import (
    Base,
    Composition,
    Listen,
    ModelVersion,
    TasteCluster,
    TasteClusterTrack,
    Thumb,
    Track,
    TrackEmbedding,
    User,
)

ENCODER = "synthetic-1"
STYLES, SPREAD = 300, 0.8
TRACKS_OF_AN_ARTIST = 5
BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)
_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class StoreSizes:
    """How much there is. ``listens`` is about how many all listeners have together; the first has ``most_listens``."""

    tracks: int = 100_000
    listeners: int = 10_000
    listens: int = 500_000
    most_listens: int = 5_000


@dataclass(frozen=True)
class SyntheticStore:
    """Ids of what was made. Each listener has one composed track; the first listened most, from there on it falls."""

    listener_ids: tuple[str, ...]
    track_ids: tuple[str, ...]
    composed_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Tracks: vectors float32 (tracks, 400), unit; styles intp (tracks,), the group each sounds like."""

    ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    styles: NDArray[np.intp]

    @cached_property
    def distinct_styles(self) -> NDArray[np.intp]:
        """Those there are; looked for once and not for every listener."""
        return np.unique(self.styles)

    def artist(self, position: int) -> str:
        """The name of the one who plays this track."""
        return f"Artist {position // TRACKS_OF_AN_ARTIST}"


def make_synthetic_store(
    database: Database, settings: Settings, sizes: StoreSizes | None = None, *, seed: int = 0
) -> SyntheticStore:
    """Fills an empty store, SQLite or PostgreSQL, and publishes its search index."""
    sizes = sizes or StoreSizes()
    rng = np.random.default_rng(seed)
    catalogue = _draw_catalogue(sizes.tracks, rng)
    users, composed_ids = _new_ids(sizes.listeners, rng), _new_ids(sizes.listeners, rng)
    encoder_id, generator_id = _new_ids(2, rng)
    with database.session() as db_session:
        _add(db_session, ModelVersion, _model_rows(encoder_id, generator_id))
        _add(db_session, User, ({"id": user, "name": f"listener {n}"} for n, user in enumerate(users)))
        _add(db_session, Track, _track_rows(catalogue))
        _add(db_session, TrackEmbedding, _embedding_rows(catalogue.ids, catalogue.vectors, encoder_id, rng))
        composed = np.zeros((sizes.listeners, VECTOR_SIZE), dtype=np.float32)
        for first in range(0, sizes.listeners, 500):
            drawn = [
                draw_listener(users[number], _listens_of(number, sizes), catalogue, encoder_id, rng)
                for number in range(first, min(first + 500, sizes.listeners))
            ]
            for number, listener in enumerate(drawn, start=first):
                composed[number] = listener.centroid
            _add(db_session, Listen, (row for listener in drawn for row in listener.listens))
            _add(db_session, Thumb, (row for listener in drawn for row in listener.thumbs))
            _add(db_session, TasteCluster, (row for listener in drawn for row in listener.clusters))
            _add(db_session, TasteClusterTrack, (row for listener in drawn for row in listener.members))
        _add(db_session, Track, _composed_rows(composed_ids, users))
        _add(db_session, TrackEmbedding, _embedding_rows(composed_ids, composed, encoder_id, rng))
        _add(db_session, Composition, _composition_rows(composed_ids, users, generator_id, rng))
    index = TrackIndex.build([*catalogue.ids, *composed_ids], np.vstack([catalogue.vectors, composed]))
    publish_index(settings.index_dir, index, encoder_id=encoder_id, encoder=ENCODER)
    return SyntheticStore(users, catalogue.ids, composed_ids)


def _listens_of(number: int, sizes: StoreSizes) -> int:
    """A few listen very much and most of them little: it falls with the place, down to a share for everybody."""
    everybody = max(sizes.listens // (2 * sizes.listeners), 1)
    heaviest = sizes.listens / (2.0 * np.log(sizes.listeners + 1.0))
    return int(min(sizes.most_listens, everybody + heaviest / (number + 1)))


def _draw_catalogue(tracks: int, rng: np.random.Generator) -> Catalogue:
    centres = rng.normal(size=(STYLES, VECTOR_SIZE)).astype(np.float32)
    # An artist keeps to one style.
    artists = -(-tracks // TRACKS_OF_AN_ARTIST)
    styles = np.repeat(rng.integers(STYLES, size=artists), TRACKS_OF_AN_ARTIST)[:tracks]
    vectors = centres[styles] + SPREAD * rng.standard_normal((tracks, VECTOR_SIZE), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Catalogue(_new_ids(tracks, rng), vectors, styles)


def _new_ids(count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """ULIDs, ascending."""
    first = int(BEGAN_AT.timestamp() * 1000)
    return tuple(str(ULID.from_bytes((first + n).to_bytes(6, "big") + rng.bytes(10))) for n in range(count))


def _add(db_session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    iterator: Iterator[dict[str, Any]] = iter(rows)
    while some := list(islice(iterator, _ROWS_AT_ONCE)):
        db_session.execute(insert(table.__table__), some)  # type: ignore[arg-type]  # a mapped class's table is a Table


def _model_rows(encoder_id: str, generator_id: str) -> Iterator[dict[str, Any]]:
    config = {"vector_size": VECTOR_SIZE}
    for kind, name, row_id in (("encoder", ENCODER, encoder_id), ("generator", "none", generator_id)):
        yield {
            "id": row_id,
            "kind": kind,
            "name": name,
            "sha256": "0" * 64,
            "config": config,
            "promoted": True,
        }


def _track_rows(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    for position, track_id in enumerate(catalogue.ids):
        yield _track_row(
            track_id,
            origin="catalogue",
            title=f"Song {position}",
            artist=catalogue.artist(position),
            album=f"Album {position // TRACKS_OF_AN_ARTIST}",
        )


def _composed_rows(ids: tuple[str, ...], users: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for number, (track_id, user_id) in enumerate(zip(ids, users, strict=True)):
        names = {"title": f"Piece {number}", "artist": f"listener {number}'s studio", "album": None}
        yield _track_row(track_id, origin="composed", owner_id=user_id, **names)


def _track_row(track_id: str, **columns: Any) -> dict[str, Any]:
    return {
        "id": track_id,
        "owner_id": None,
        "path": f"/synthetic/{track_id}.flac".encode(),
        "content_hash": track_id,
        "size_bytes": 1,
        "modified_ns": 1,
        "duration_seconds": 200.0,
        "sample_rate": 44_100,
        "channels": 2,
        "codec": "flac",
        "gain_db": -4.0,
        "created_at": BEGAN_AT,
        "updated_at": BEGAN_AT,
        **columns,
    }


def _embedding_rows(
    ids: tuple[str, ...], vectors: NDArray[np.float32], encoder_id: str, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    emotions = rng.uniform(-0.8, 0.8, size=(len(ids), 2))
    tempos = rng.uniform(60.0, 180.0, size=len(ids))
    tags = np.full(100, 0.1, dtype="<f4").tobytes()
    for position, track_id in enumerate(ids):
        yield {
            "track_id": track_id,
            "encoder_id": encoder_id,
            "vector": vectors[position].astype("<f4").tobytes(),
            "tags": tags,
            "tempo_bpm": float(tempos[position]),
            "tempo_confidence": 0.8,
            "key": position % 12,
            "mode": "major" if position % 2 else "minor",
            "key_clarity": 0.7,
            "onset_rate": 3.0,
            "percussive_share": 0.2,
            "loudness_lufs": -14.0,
            "brightness_hz": 1_500.0,
            "valence": float(emotions[position, 0]),
            "arousal": float(emotions[position, 1]),
            "created_at": BEGAN_AT,
        }


def _composition_rows(
    ids: tuple[str, ...], users: tuple[str, ...], generator_id: str, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    own_ids = _new_ids(len(ids), rng)
    for number, (row_id, track_id, user_id) in enumerate(zip(own_ids, ids, users, strict=True)):
        yield {
            "id": row_id,
            "user_id": user_id,
            "track_id": track_id,
            "state": "listed",
            "title": f"Piece {number}",
            "seconds": 200.0,
            "seed": number,
            "engine": "none",
            "model_version_id": generator_id,
            "dtype": "float32",
            "threads": 1,
            "created_at": BEGAN_AT,
        }
