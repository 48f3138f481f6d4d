"""Listeners and stores that are not as they usually are: a sane list or a clear error, never an exception."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import insert, update

from service.errors import InvalidRequest, NotFound
from service.jobs import train_ranker, update_taste
from service.listening.listens import ListenEvent, listen_row, record_listen
from service.listening.mutes import mute, unmute
from service.listening.taste import edit_cluster, read_taste
from service.listening.thumbs import set_thumb
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.ids import new_id
from service.store.tables import ModelVersion, TasteCluster, Thumb, utc_now
from tests.service.radio.houses import NOW, House
from tests.service.small_library import add_composed, publish

NOWHERE = "01JD9K3V5T8W2XQ4Z6N7M8P9RS"


@pytest.fixture
def database(sqlite_settings: Settings) -> Iterator[Database]:
    database = open_database(sqlite_settings)
    yield database
    database.close()


@pytest.fixture
def house(database: Database, sqlite_settings: Settings, rng: np.random.Generator) -> House:
    return House(database, sqlite_settings, rng)


def test_an_unplayed_piece_stands_in_the_list_of_whom_it_was_made_for_where_it_fits_their_taste(
    house: House, rng: np.random.Generator
) -> None:
    with house.database.session() as db_session:
        opposite = add_composed(db_session, house.ada, "loud for ada", "metal", rng)
        for track in house.tracks["piano"][:12]:
            house.play(db_session, track)
        for track in house.tracks["metal"][:12]:
            event = ListenEvent(NOW - timedelta(days=9), track.title or "", "x", "t", track_id=track.id)
            record_listen(db_session, house.bob.id, event)
    publish(house.database, house.settings)
    for user in (house.ada, house.bob):
        run_inline(
            house.database,
            house.settings,
            update_taste,
            job_requests.update_taste(user.id).payload,
            lambda *_: None,
        )
    fitting = {track.id for track in house.adas}
    adas = [item.track_id for item in house.list(places=10)]
    assert fitting & set(adas)
    assert opposite.id not in adas
    assert not (fitting | {opposite.id}) & {item.track_id for item in house.list(house.bob, places=60)}


def test_who_dislikes_everything_gets_an_empty_list_and_taking_one_back_fills_it(house: House) -> None:
    house.listened()
    everything = [track for tracks in house.tracks.values() for track in tracks] + house.adas
    with house.database.session() as db_session:
        for track in everything:
            set_thumb(db_session, house.ada.id, track.id, "down")
    assert house.list() == []
    house.thumb(everything[0].id, "clear")
    assert [item.track_id for item in house.list()] == [everything[0].id]
    trained = run_inline(house.database, house.settings, train_ranker, {}, lambda *_: None)
    assert trained["promoted"] is False
    assert str(trained["sentence"]).endswith(".")


def test_ten_thousand_thumbs_of_a_minute_give_a_list(house: House) -> None:
    house.listened()
    tracks = [track.id for track in house.tracks["piano"]]
    rows = [
        {
            "id": new_id(),
            "user_id": house.ada.id,
            "track_id": tracks[press % len(tracks)],
            "value": ("up", "down", "clear")[press % 7 % 3],
            "created_at": utc_now(),
        }
        for press in range(10_000)
    ]
    with house.database.session() as db_session:
        db_session.execute(insert(Thumb), rows)
    listed = house.list()
    latest = {row["track_id"]: row["value"] for row in rows}
    assert len({item.track_id for item in listed}) == 20
    assert not {track_id for track_id, value in latest.items() if value == "down"} & {
        item.track_id for item in listed
    }


def test_the_same_play_ten_thousand_times_and_told_twice_is_no_more_than_a_favourite(house: House) -> None:
    track = house.tracks["piano"][0]
    event = ListenEvent(NOW - timedelta(days=3), track.title or "", "x", "t", track_id=track.id)
    with house.database.session() as db_session:
        assert record_listen(db_session, house.ada.id, event) is not None
        assert record_listen(db_session, house.ada.id, event) is None
        for second in range(1, 10_000):
            at = NOW - timedelta(days=2, seconds=second)
            db_session.add(listen_row(house.ada.id, ListenEvent(at, track.title or "", "x", "t"), track.id))
    listed = house.list()
    assert len({item.track_id for item in listed}) == 20
    assert all(np.isfinite(item.score) for item in listed)


def test_ids_that_do_not_exist_and_weights_that_are_no_numbers_are_refused(house: House) -> None:
    house.listened()
    with house.database.session() as db_session:
        cluster_id = read_taste(db_session, house.ada.id)[0].id
        with pytest.raises(NotFound):
            set_thumb(db_session, house.ada.id, NOWHERE, "down")
        with pytest.raises(NotFound):
            edit_cluster(db_session, house.ada.id, NOWHERE, muted=True)
        for weight in (float("nan"), float("inf"), -1.0):
            with pytest.raises(InvalidRequest):
                edit_cluster(db_session, house.ada.id, cluster_id, weight=weight)


def test_a_taste_of_another_encoder_than_the_indexs_is_not_gone_by(house: House) -> None:
    house.listened()
    with house.database.session() as db_session:
        other = ModelVersion(kind="encoder", name="other", sha256="2" * 64, config={"vector_size": 3})
        db_session.add(other)
        db_session.flush()
        db_session.execute(
            update(TasteCluster).values(encoder_id=other.id, centroid=np.ones(3, "<f4").tobytes())
        )
    listed = house.list()
    assert len(listed) == 20
    assert not any("metal" in item.reason.split(":")[0] for item in listed)


def test_what_is_muted_is_in_no_list_and_taking_it_back_gives_exactly_the_list_before(house: House) -> None:
    before = house.listened().list()
    first = next(item for item in before if item.origin == "catalogue")
    for scope, named in (
        ("track", {"track_id": first.track_id}),
        ("artist", {"name": first.artist or ""}),
        ("tag", {"name": "piano"}),
    ):
        with house.database.session() as db_session:
            row = mute(db_session, house.ada.id, scope, **named)
        assert first.track_id not in {item.track_id for item in house.list()}
        with house.database.session() as db_session:
            unmute(db_session, house.ada.id, row.id)
        assert house.list() == before
