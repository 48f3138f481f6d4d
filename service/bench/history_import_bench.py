"""How long a history takes to be read in, and how much memory: a made-up one of Spotify's, in a store of its own."""

import json
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from service.accounts.people import add_user
from service.listening.imports import begin_reading_in, keep_copy
from service.operations.job_requests import JobRequest
from service.operations.job_requests import import_history as wanted
from service.settings import Settings
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import Track

SONGS, SONGS_OF_AN_ARTIST, SONGS_IN_LIBRARY = 20_000, 12, 5_000
# Few songs are played often and many rarely.
_PARETO_SHAPE = 0.7
Do = Callable[[JobRequest, str], dict[str, Any]]

_BEGAN = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    """Seconds by the clock and of CPU, for the first time and for the same file again; memory is the process's peak."""

    rows: int
    file_mb: float
    imported: int
    seconds: float
    cpu_seconds: float
    imported_again: int
    seconds_again: float
    cpu_seconds_again: float
    peak_memory_mb: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def measure_import(database: Database, settings: Settings, folder: Path, rows: int, do: Do) -> Measured:
    """Reads a history of so many rows in, twice, beside a library that has a quarter of its songs; `do` does a job."""
    path = folder / "Streaming_History_Audio_2015-2026_0.json"
    _write(path, rows)
    with database.session() as db_session:
        user_id = add_user(db_session, "listener").id
        db_session.add_all(_track(song) for song in range(SONGS_IN_LIBRARY))
    first, again = (_read_in(database, settings, user_id, path, do) for _ in range(2))
    return Measured(
        rows=rows,
        file_mb=round(path.stat().st_size / 1e6, 1),
        imported=first[0],
        seconds=first[1],
        cpu_seconds=first[2],
        imported_again=again[0],
        seconds_again=again[1],
        cpu_seconds_again=again[2],
        peak_memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
    )


def _read_in(
    database: Database, settings: Settings, user_id: str, path: Path, do: Do
) -> tuple[int, float, float]:
    began, cpu_began = time.perf_counter(), time.process_time()
    upload = keep_copy(settings, path)
    with database.session() as db_session:
        begin_reading_in(db_session, user_id, upload)
    result = do(wanted(user_id, upload.import_id, "commit"), user_id)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return result["imported"], round(seconds, 2), round(cpu_seconds, 2)


def _write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(_history(rows)):
            file.write(("," if number else "[") + json.dumps(row))
        file.write("]")


def _history(rows: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(4)
    moment = _BEGAN
    for _ in range(rows):
        song = int(rng.pareto(_PARETO_SHAPE) * SONGS_OF_AN_ARTIST) % SONGS
        is_skip = bool(rng.random() < 0.3)
        played = timedelta(
            milliseconds=int(rng.integers(500, 30_000) if is_skip else rng.integers(120_000, 300_000))
        )
        moment += played + timedelta(seconds=int(rng.integers(1, 1_200)))
        yield {
            "ts": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "platform": "linux",
            "ms_played": played // timedelta(milliseconds=1),
            "conn_country": "ZZ",
            "ip_addr": "192.0.2.1",
            "master_metadata_track_name": f"Song {song}",
            "master_metadata_album_artist_name": f"Artist {song // SONGS_OF_AN_ARTIST}",
            "master_metadata_album_album_name": f"Album {song // SONGS_OF_AN_ARTIST}",
            "spotify_track_uri": f"spotify:track:{song:022d}",
            "episode_name": None,
            "episode_show_name": None,
            "spotify_episode_uri": None,
            "reason_start": "trackdone",
            "reason_end": "fwdbtn" if is_skip else "trackdone",
            "shuffle": False,
            "skipped": is_skip,
            "offline": False,
            "offline_timestamp": None,
            "incognito_mode": False,
        }


def _track(song: int) -> Track:
    track_id = new_id()
    return Track(
        id=track_id,
        origin="catalogue",
        path=track_id.encode(),
        content_hash=track_id,
        size_bytes=1,
        modified_ns=1,
        title=f"Song {song}",
        artist=f"Artist {song // SONGS_OF_AN_ARTIST}",
        duration_seconds=200.0,
        sample_rate=44_100,
        channels=2,
        codec="flac",
    )
