from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from recommender.ranking import RankingConfig
from service.jobs import train_ranker
from service.listening.listens import ListenEvent, listen_row
from service.operations.job_queue import run_inline
from service.operations.model_versions import in_use, promote
from service.radio.ranker_in_use import ranker_in_use
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import ModelVersion, Track, TrackEmbedding, User
from tests.service.small_library import add_listener, add_sounding_tracks

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(sqlite_settings: Settings) -> Iterator[Database]:
    database = open_database(sqlite_settings)
    yield database
    database.close()


@pytest.fixture
def tracks(database: Database, rng: np.random.Generator) -> list[Track]:
    with database.session() as db_session:
        return [
            track for sound in ("piano", "metal") for track in add_sounding_tracks(db_session, sound, 60, rng)
        ]


def play_daily(database: Database, user: User, tracks: list[Track], days: int) -> None:
    with database.session() as db_session:
        for day in range(days):
            track = tracks[day % len(tracks)]
            event = ListenEvent(BEGAN + timedelta(days=day), track.title or "", track.artist or "", "test")
            db_session.add(listen_row(user.id, event, track.id))


def train(database: Database, settings: Settings) -> dict[str, object]:
    return run_inline(database, settings, train_ranker, {}, lambda *_: None)


def test_a_young_house_has_nothing_to_learn_from_yet(
    database: Database, sqlite_settings: Settings, tracks: list[Track]
) -> None:
    play_daily(database, add_listener(database), tracks, 25)
    result = train(database, sqlite_settings)
    assert result["promoted"] is False
    assert "nothing to learn from yet" in str(result["sentence"])
    with database.session(read_only=True) as db_session:
        assert in_use(db_session, "ranker") is None
        assert ranker_in_use(db_session) == RankingConfig()


def test_what_is_fitted_is_registered_and_used_only_if_it_is_better(
    database: Database, sqlite_settings: Settings, tracks: list[Track]
) -> None:
    listeners = [add_listener(database, f"listener {n}") for n in range(5)]
    for number, listener in enumerate(listeners):
        play_daily(database, listener, tracks[number * 20 : number * 20 + 30], 120)
    result = train(database, sqlite_settings)
    with database.session(read_only=True) as db_session:
        versions = db_session.scalars(select(ModelVersion).where(ModelVersion.kind == "ranker")).all()
        revision = db_session.get_one(User, listeners[0].id).list_revision
        assert ranker_in_use(db_session) in [RankingConfig(**version.config) for version in versions]
    assert sum(version.promoted for version in versions) == 1
    assert result["held_out"] == sum(version.metrics["held_out"] for version in versions if version.metrics)
    assert bool(revision) == result["promoted"]


def test_what_is_no_music_teaches_no_ranking(
    database: Database, sqlite_settings: Settings, tracks: list[Track]
) -> None:
    play_daily(database, add_listener(database), tracks[:3], 3)
    with database.session() as db_session:
        talk = update(TrackEmbedding).where(TrackEmbedding.track_id.in_([tracks[0].id, tracks[9].id]))
        db_session.execute(talk.values(is_music=False))
    learnt_from = set(train_ranker.load_inputs(database, sqlite_settings, {}).tracks.track_ids)
    assert learnt_from == {track.id for track in tracks} - {tracks[0].id, tracks[9].id}


def test_lists_are_ranked_by_the_version_in_use_or_else_as_homespun_begins(database: Database) -> None:
    with database.session() as db_session:
        ours = ModelVersion(
            kind="ranker", name="blend", sha256="1" * 64, config={"popularity": 0.25, "new": 1}
        )
        db_session.add(ours)
        db_session.flush()
        promote(db_session, ours)
        assert ranker_in_use(db_session) == RankingConfig(popularity=0.25)
        ours.promoted = False
        db_session.flush()
        assert ranker_in_use(db_session) == RankingConfig()
