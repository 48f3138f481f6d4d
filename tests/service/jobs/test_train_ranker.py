from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from recommender.ranking import RankingConfig
from recommender.training import Judgement
from service.jobs import train_ranker
from service.listening.listens import ListenEvent, listen_row
from service.operations.job_queue import run_inline
from service.operations.model_versions import in_use, promote
from service.radio.learnt_weights import WEIGHTS, learnt_in_use
from service.radio.ranker_in_use import ranker_in_use
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import ModelVersion, Thumb, Track, TrackEmbedding, User
from tests.service.small_library import add_composed, add_listener, add_sounding_tracks

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
    bad = RankingConfig(centroid=0.02, nearest_cluster=0.02, popularity=1.96)
    with database.session() as db_session:
        db_session.add(
            ModelVersion(kind="ranker", name="blend", sha256="1" * 64, config=asdict(bad), promoted=True)
        )
    result = train(database, sqlite_settings)
    with database.session(read_only=True) as db_session:
        versions = db_session.scalars(select(ModelVersion).where(ModelVersion.kind == "ranker")).all()
        revision = db_session.get_one(User, listeners[0].id).list_revision
        promoted = next(version for version in versions if version.promoted)
        assert asdict(ranker_in_use(db_session)).items() <= promoted.config.items()
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


def house_in_two_halves(database: Database, tracks: list[Track]) -> None:
    """Eight listeners of whom every other one plays the same tracks of either sound, each in their own order."""
    for number in range(8):
        listener = add_listener(database, f"listener {number}")
        own = tracks[number % 2 :: 2]
        turn = 7 * (number + 1)
        play_daily(database, listener, [own[(place * 17 + turn) % len(own)] for place in range(len(own))], 60)


def test_what_the_house_plays_together_is_learnt_and_used_when_it_finds_more(
    database: Database, sqlite_settings: Settings, tracks: list[Track]
) -> None:
    house_in_two_halves(database, tracks)
    result = train(database, sqlite_settings)
    assert result["promoted"] is True
    with database.session(read_only=True) as db_session:
        version = in_use(db_session, "ranker")
        encoder = in_use(db_session, "encoder")
        assert version is not None
        assert encoder is not None
        model = learnt_in_use(db_session, sqlite_settings, encoder.id)
        assert model is not None
        assert model.listeners == 8
        assert set(model.track_ids) <= {track.id for track in tracks}
    # The same again finds the same, which is as good: it stays, and is learnt anew into the same file.
    assert train(database, sqlite_settings)["promoted"] is True
    with database.session(read_only=True) as db_session:
        again = in_use(db_session, "ranker")
        assert again is not None
        assert again.config[WEIGHTS] == version.config[WEIGHTS]
    assert len(list(sqlite_settings.learnt_dir.iterdir())) == 1


def test_a_worker_that_ends_before_it_stores_leaves_the_old_version_in_use(
    database: Database, sqlite_settings: Settings, tracks: list[Track]
) -> None:
    house_in_two_halves(database, tracks)
    inputs = train_ranker.load_inputs(database, sqlite_settings, {})
    trained = next(train_ranker.compute(inputs, lambda *_: None))
    assert isinstance(trained.judgement, Judgement)
    with database.session(read_only=True) as db_session:
        assert in_use(db_session, "ranker") is None
    assert not sqlite_settings.learnt_dir.exists()


def test_plays_are_learnt_in_their_order_and_composed_music_is_not(
    database: Database, sqlite_settings: Settings, tracks: list[Track], rng: np.random.Generator
) -> None:
    listener = add_listener(database)
    with database.session() as db_session:
        composed = add_composed(db_session, listener, "for ada", "piano", rng)
    play_daily(database, listener, [*tracks[:9], composed], 10)
    plays = train_ranker.load_inputs(database, sqlite_settings, {}).plays
    assert plays.track_ids == tuple(sorted(track.id for track in tracks[:9]))
    early = plays.matrix(0.5)
    assert {plays.track_ids[place] for place in early.indices} == {track.id for track in tracks[:5]}
    assert plays.matrix().nnz == 9


def test_a_house_that_dislikes_everything_keeps_its_version_and_is_told_why(
    database: Database, sqlite_settings: Settings, tracks: list[Track]
) -> None:
    house_in_two_halves(database, tracks)
    train(database, sqlite_settings)
    with database.session() as db_session:
        before = in_use(db_session, "ranker")
        for user in db_session.scalars(select(User)):
            db_session.add_all(
                Thumb(user_id=user.id, track_id=track.id, value="down", created_at=BEGAN) for track in tracks
            )
    result = train(database, sqlite_settings)
    assert result["promoted"] is False
    assert str(result["sentence"]).startswith("The version in use is kept: the new one finds 0.0%")
    with database.session(read_only=True) as db_session:
        after = in_use(db_session, "ranker")
        assert before is not None
        assert after is not None
        assert after.id == before.id
