"""ada plays piano and metal, which are two tastes until she says that they are one."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from service.errors import Conflict, InvalidRequest, NotFound
from service.listening.drift import read_drift
from service.listening.merging import merge_clusters, merges_of, split_again
from service.listening.taste import edit_cluster, read_taste
from service.store.database import Database
from service.store.tables import Job, TasteClusterTrack, TasteSnapshot, User
from tests.service.jobs.test_update_taste import EVENING, MORNING, play, update
from tests.service.small_library import add_listener, add_sounding_tracks


@pytest.fixture
def ada(database: Database, rng: np.random.Generator) -> User:
    ada = add_listener(database)
    with database.session() as db_session:
        play(db_session, ada, add_sounding_tracks(db_session, "piano", 8, rng), EVENING)
        play(db_session, ada, add_sounding_tracks(db_session, "metal", 6, rng), MORNING)
    assert len(update(database, ada)) == 2
    return ada


def test_two_tastes_become_one_at_once_and_stay_one_until_that_is_taken_back(
    database: Database, ada: User
) -> None:
    with database.session() as db_session:
        first, second = read_taste(db_session, ada.id)
        edit_cluster(db_session, ada.id, second.id, name="gym", weight=2.0)
        revision = db_session.get_one(User, ada.id).list_revision
        merged = merge_clusters(db_session, ada.id, second.id, first.id)
        assert (merged.id, merged.name, merged.weight, merged.position) == (second.id, "gym", 2.0, 0)
        assert merged.share == pytest.approx(1.0)
        assert merged.hour_profile[20] + merged.hour_profile[7] == pytest.approx(1.0)
        assert -0.3 < merged.arousal < 0.3
        tracks = db_session.scalars(
            select(TasteClusterTrack.track_id).where(TasteClusterTrack.cluster_id == merged.id)
        ).all()
        assert len(tracks) == 14
        assert np.linalg.norm(np.frombuffer(merged.centroid, dtype="<f4")) == pytest.approx(1.0)
    with database.session() as db_session:
        assert db_session.get_one(User, ada.id).list_revision > revision
    (anew,) = update(database, ada)
    assert (anew.id, anew.name) == (merged.id, "gym")
    with database.session() as db_session:
        (merge,) = merges_of(db_session, ada.id)
        split_again(db_session, ada.id, merge.id)
        assert db_session.scalars(
            select(Job.kind).where(Job.state == "queued", Job.kind == "update_taste", Job.run_after.is_(None))
        ).all() == ["update_taste"]
    assert len(update(database, ada)) == 2


def test_what_cannot_be_merged_is_refused(database: Database, ada: User) -> None:
    eve = add_listener(database, "eve")
    with database.session() as db_session:
        first, second = read_taste(db_session, ada.id)
        with pytest.raises(Conflict, match="itself"):
            merge_clusters(db_session, ada.id, first.id, first.id)
        for user_id, other in ((eve.id, second.id), (ada.id, "0" * 26)):
            with pytest.raises(NotFound):
                merge_clusters(db_session, user_id, first.id, other)
        merge_clusters(db_session, ada.id, first.id, second.id)
        with pytest.raises(NotFound):
            split_again(db_session, eve.id, merges_of(db_session, ada.id)[0].id)


def test_a_taste_is_held_against_what_it_was(database: Database, ada: User, rng: np.random.Generator) -> None:
    with database.session() as db_session:
        for row in db_session.scalars(select(TasteSnapshot)):
            row.day -= timedelta(days=40)
        play(
            db_session,
            ada,
            add_sounding_tracks(db_session, "choir", 12, rng) * 3,
            EVENING + timedelta(days=30),
        )
    update(database, ada)
    with database.session(read_only=True) as db_session:
        drifted = read_drift(db_session, ada.id, 30)
        assert {each.change for each in drifted.tastes} == {"new", "stayed"}
        new = next(each for each in drifted.tastes if each.change == "new")
        stayed = [each for each in drifted.tastes if each.change == "stayed"]
        assert "choir" in new.called
        assert new.share_now is not None
        assert new.share_now > 0.3
        for each in stayed:
            assert each.share_before is not None
            assert each.share_now is not None
            assert each.share_now < each.share_before
            assert each.moved == pytest.approx(0.0, abs=0.01)
        with pytest.raises(InvalidRequest):
            read_drift(db_session, ada.id, 0)
        assert read_drift(db_session, add_nobody(), 30).since is None


def add_nobody() -> str:
    return "0" * 26
