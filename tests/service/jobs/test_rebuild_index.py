import numpy as np
import pytest
from sqlalchemy import select

from service.errors import NotPrepared
from service.jobs import rebuild_index
from service.library.published_index import open_index
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import register
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track, TrackEmbedding, User, utc_now


def no_report(_fraction: float, _text: str) -> None:
    """Nobody watches."""


def add_embedded_tracks(database: Database, rng: np.random.Generator, tracks: int) -> list[str]:
    with database.session() as db_session:
        encoder = register(db_session, "encoder", "small", "0" * 64, {"vector_size": 8}, {})
        rows = [
            Track(
                origin="catalogue",
                path=f"/music/{position}-{rng.integers(10**9)}.flac".encode(),
                content_hash=f"{position}-{rng.integers(10**9)}",
                size_bytes=1,
                modified_ns=1,
                duration_seconds=30.0,
                sample_rate=44_100,
                channels=2,
                codec="flac",
            )
            for position in range(tracks)
        ]
        db_session.add_all(rows)
        db_session.flush()
        for row in rows:
            vector = rng.normal(size=8)
            db_session.add(
                TrackEmbedding(
                    track_id=row.id,
                    encoder_id=encoder.id,
                    vector=(vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
                    tags=b"",
                    tempo_bpm=100.0,
                    tempo_confidence=0.5,
                    key=0,
                    mode="major",
                    key_clarity=0.5,
                    onset_rate=2.0,
                    percussive_share=0.2,
                    loudness_lufs=-14.0,
                    brightness_hz=1000.0,
                    valence=0.0,
                    arousal=0.0,
                )
            )
        return [row.id for row in rows]


def test_a_rebuild_gives_identical_files(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    add_embedded_tracks(database, rng, tracks=12)
    payload = job_requests.rebuild_index().payload
    first = run_inline(database, store_settings, rebuild_index, payload, no_report)
    for path in store_settings.index_dir.iterdir():
        path.unlink()
    second = run_inline(database, store_settings, rebuild_index, payload, no_report)
    assert second == first
    assert first["tracks"] == 12


def test_tracks_whose_file_is_missing_are_left_out(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    ids = add_embedded_tracks(database, rng, tracks=3)
    with database.session() as db_session:
        db_session.get_one(Track, ids[1]).missing_since = utc_now()
    run_inline(database, store_settings, rebuild_index, job_requests.rebuild_index().payload, no_report)
    assert open_index(store_settings.index_dir)[1].track_ids == (ids[0], ids[2])


def test_without_any_embedding_it_says_what_to_do(database: Database, store_settings: Settings) -> None:
    with pytest.raises(NotPrepared, match="homespun index update"):
        run_inline(database, store_settings, rebuild_index, job_requests.rebuild_index().payload, no_report)


def test_an_encoder_that_heard_nothing_gives_an_empty_index(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    add_embedded_tracks(database, rng, tracks=0)
    assert (
        run_inline(database, store_settings, rebuild_index, job_requests.rebuild_index().payload, no_report)[
            "tracks"
        ]
        == 0
    )
    assert open_index(store_settings.index_dir)[1].track_ids == ()


def test_every_list_is_made_anew_after_an_index_is_published(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    add_embedded_tracks(database, rng, tracks=2)
    with database.session() as db_session:
        user = User(name="kim")
        db_session.add(user)
    run_inline(database, store_settings, rebuild_index, job_requests.rebuild_index().payload, no_report)
    with database.session(read_only=True) as db_session:
        assert db_session.get_one(User, user.id).list_revision == 1


def test_what_is_no_music_is_not_found(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    ids = add_embedded_tracks(database, rng, 3)
    with database.session() as db_session:
        for row in db_session.scalars(select(TrackEmbedding).where(TrackEmbedding.track_id == ids[1])):
            row.is_music = False
    run_inline(database, store_settings, rebuild_index, job_requests.rebuild_index().payload, no_report)
    assert sorted(open_index(store_settings.index_dir)[1].track_ids) == sorted([ids[0], ids[2]])
