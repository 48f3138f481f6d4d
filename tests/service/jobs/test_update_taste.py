from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy import update as change
from sqlalchemy.orm import Session

from service.errors import NotFound, NotPrepared
from service.jobs import update_taste
from service.listening.listens import ListenEvent, record_listen
from service.listening.thumbs import set_thumb
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import load_settings
from service.store.database import Database
from service.store.tables import TasteCluster, TasteClusterTrack, Track, TrackEmbedding, User
from tests.service.small_library import add_listener, add_sounding_tracks, add_track, blob_encoder

MORNING = datetime(2026, 6, 1, 7, tzinfo=UTC)
EVENING = datetime(2026, 6, 1, 20, tzinfo=UTC)


def play(db_session: Session, user: User, tracks: list[Track], start: datetime) -> None:
    for index, track in enumerate(tracks):
        event = ListenEvent(
            start + timedelta(minutes=3 * index),
            track.title or "",
            track.artist or "",
            "test",
            track_id=track.id,
        )
        record_listen(db_session, user.id, event)


def update(database: Database, user: User) -> list[TasteCluster]:
    run_inline(
        database,
        load_settings(),
        update_taste,
        job_requests.update_taste(user.id).payload,
        lambda *_: None,
        user.id,
    )
    with database.session() as db_session:
        return list(db_session.scalars(select(TasteCluster).order_by(TasteCluster.position)))


def test_two_sounds_become_two_clusters_with_words_moods_and_hours(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        piano = add_sounding_tracks(db_session, "piano", 8, rng)
        metal = add_sounding_tracks(db_session, "metal", 6, rng)
        play(db_session, ada, piano, EVENING)
        play(db_session, ada, metal, MORNING)
    first, second = update(database, ada)
    assert (first.words, second.words) == ("calm evening piano", "energetic morning metal")
    assert first.medoid_track_id in {track.id for track in piano}
    assert first.share + second.share == pytest.approx(1)
    assert (first.arousal, second.arousal) == pytest.approx((-0.6, 0.7))
    assert first.hour_profile[20] == 1.0
    assert second.hour_profile[7] == 1.0
    with database.session() as db_session:
        members = db_session.scalars(
            select(TasteClusterTrack.track_id).where(TasteClusterTrack.cluster_id == second.id)
        )
        assert set(members) == {track.id for track in metal}


def test_a_cluster_keeps_its_id_name_and_mute_when_its_place_changes(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        piano = add_sounding_tracks(db_session, "piano", 12, rng)
        metal = add_sounding_tracks(db_session, "metal", 12, rng)
        play(db_session, ada, piano[:8], EVENING)
        play(db_session, ada, metal[:6], MORNING)
    first, second = update(database, ada)
    with database.session() as db_session:
        row = db_session.get_one(TasteCluster, second.id)
        row.name, row.muted, row.weight = "gym", True, 2.0
        row.own_valence, row.own_arousal = 0.5, -0.5
        play(db_session, ada, metal * 3, MORNING + timedelta(days=1))
    now_first, now_second = update(database, ada)
    assert (now_first.id, now_second.id) == (second.id, first.id)
    assert (now_first.name, now_first.muted, now_first.weight) == ("gym", True, 2.0)
    assert (now_first.own_valence, now_first.own_arousal) == (0.5, -0.5)
    assert now_second.name is None


def test_updating_twice_changes_nothing(database: Database, rng: np.random.Generator) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        play(db_session, ada, add_sounding_tracks(db_session, "piano", 6, rng), EVENING)
    before, after = (
        [vars(row) | {"_sa_instance_state": None} for row in update(database, ada)] for _ in range(2)
    )
    for rows in (before, after):
        rows[0].pop("updated_at")
        # Plays fade by the second, all of them alike: of their sum only the rounding differs.
        assert rows[0].pop("share") == pytest.approx(1)
    assert before == after


def test_thumbs_up_enter_a_taste_and_thumbs_down_leave_it(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        tracks = add_sounding_tracks(db_session, "piano", 7, rng)
        play(db_session, ada, tracks[:5], EVENING)
        set_thumb(db_session, ada.id, tracks[0].id, "down")
        set_thumb(db_session, ada.id, tracks[6].id, "up")
    update(database, ada)
    with database.session() as db_session:
        weights = dict(db_session.execute(select(TasteClusterTrack.track_id, TasteClusterTrack.weight)).all())
    assert set(weights) == {track.id for track in [*tracks[1:5], tracks[6]]}
    assert max(weights, key=lambda track: weights[track]) == tracks[6].id


def test_a_listen_told_before_its_file_was_scanned_counts_afterwards(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        record_listen(db_session, ada.id, ListenEvent(EVENING, "piano 0", "piano artist 0", "test"))
        add_sounding_tracks(db_session, "piano", 1, rng)
    (cluster,) = update(database, ada)
    assert cluster.share == 1.0


def test_no_plays_give_no_clusters(database: Database, rng: np.random.Generator) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        add_sounding_tracks(db_session, "piano", 3, rng)
    assert update(database, ada) == []


def test_plays_of_what_has_no_embedding_yet_leave_the_taste_as_it_is(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        blob_encoder(db_session)
        play(db_session, ada, [add_track(db_session, "Song", "Artist")], EVENING)
    assert update(database, ada) == []


def test_what_is_no_music_takes_no_part_in_a_taste_and_leaves_one(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        piano = add_sounding_tracks(db_session, "piano", 5, rng)
        read_aloud = add_sounding_tracks(db_session, "choir", 5, rng)
        play(db_session, ada, piano, EVENING)
        play(db_session, ada, read_aloud, MORNING)

    def call_it_talk(tracks: list[Track]) -> set[str]:
        ids = [track.id for track in tracks]
        with database.session() as db_session:
            heard = change(TrackEmbedding).where(TrackEmbedding.track_id.in_(ids))
            db_session.execute(heard.values(is_music=False))
        update(database, ada)
        with database.session(read_only=True) as db_session:
            return set(db_session.scalars(select(TasteClusterTrack.track_id)))

    assert call_it_talk([]) == {track.id for track in [*piano, *read_aloud]}
    assert call_it_talk(read_aloud) == {track.id for track in piano}
    assert call_it_talk(piano) == set()
    assert update(database, ada) == []


def test_an_unknown_listener_and_an_encoder_never_used_are_said(database: Database) -> None:
    ada = add_listener(database)
    with pytest.raises(NotPrepared, match="scan a folder"):
        update(database, ada)
    ada.id = "0" * 26
    with pytest.raises(NotFound):
        update_taste.load_inputs(database, load_settings(), dict(job_requests.update_taste(ada.id).payload))


def test_a_new_taste_makes_the_list_anew_and_asks_for_fresh_pieces(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        play(db_session, ada, add_sounding_tracks(db_session, "piano", 8, rng), EVENING)
    with database.session(read_only=True) as db_session:
        before = db_session.get_one(User, ada.id).list_revision
    found = len(update(database, ada))
    with database.session(read_only=True) as db_session:
        assert db_session.get_one(User, ada.id).list_revision == before + 1
    assert [request.kind for request in update_taste.follow_ups({"clusters": found}, {})] == [
        "standing_orders"
    ]
    assert update_taste.follow_ups({}, {}) == []
