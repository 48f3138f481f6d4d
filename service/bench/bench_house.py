"""The store that is measured: many tracks and listeners, a token for each, and a few files that can be streamed."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import insert, update

from service.audio import flac_bytes
from service.bench.synthetic_store import StoreSizes, make_synthetic_store
from service.settings import Settings
from service.store.database import Database
from service.store.ids import new_id
from service.store.media import write_atomically
from service.store.tables import ApiToken, LibraryFolder, Track, User, utc_now

STREAM_FILES = 24
STREAM_SECONDS = 90.0
_RATE = 44_100


@dataclass(frozen=True)
class BenchHouse:
    """An open store and what is asked of it. Tokens are in the order of the listeners, who listened most first."""

    settings: Settings
    database: Database
    tokens: tuple[str, ...]
    track_ids: tuple[str, ...]
    stream_track_ids: tuple[str, ...]
    stream_bytes_per_second: float

    @property
    def tracks(self) -> int:
        """How many the catalogue has."""
        return len(self.track_ids)


def make_bench_house(database: Database, settings: Settings, sizes: StoreSizes) -> BenchHouse:
    """Fill an empty store. Nobody has a standing order, so that the worker has nothing to compose meanwhile."""
    store = make_synthetic_store(database, settings, sizes)
    streamed = store.track_ids[:STREAM_FILES]
    music = settings.data_dir / "music"
    size_bytes = _write_files(music, streamed)
    tokens = tuple(f"hst_bench_{number:08d}" for number in range(len(store.listener_ids)))
    with database.session() as db_session:
        db_session.execute(update(User).values(fresh_per_taste=0))
        folder = LibraryFolder(path=os.fsencode(music))
        db_session.add(folder)
        db_session.flush()
        for track_id in streamed:
            path = music / f"{track_id}.flac"
            db_session.execute(
                update(Track)
                .where(Track.id == track_id)
                .values(
                    folder_id=folder.id,
                    path=os.fsencode(path),
                    size_bytes=size_bytes,
                    modified_ns=path.stat().st_mtime_ns,
                    duration_seconds=STREAM_SECONDS,
                )
            )
        db_session.execute(
            insert(ApiToken), [_token_row(*pair) for pair in zip(store.listener_ids, tokens, strict=True)]
        )
    return BenchHouse(settings, database, tokens, store.track_ids, streamed, size_bytes / STREAM_SECONDS)


def _token_row(user_id: str, token: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "user_id": user_id,
        "label": "bench",
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
        "scopes": ["feedback:write", "library:read", "stream"],
        "created_at": utc_now(),
    }


def _write_files(music: Path, track_ids: tuple[str, ...]) -> int:
    """One sound in as many files; each file's bytes. Noise, because silence would make too small a file."""
    rng = np.random.default_rng(3)
    noise = 0.1 * rng.standard_normal((2, round(STREAM_SECONDS * _RATE)), dtype=np.float32)
    first, *others = [music / f"{track_id}.flac" for track_id in track_ids]
    write_atomically(first, flac_bytes(noise, _RATE))
    for path in others:
        shutil.copyfile(first, path)
    return first.stat().st_size
