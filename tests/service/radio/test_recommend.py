from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import delete

from service.errors import InvalidRequest, NotPrepared
from service.radio.recommend import recommend
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import Composition, ModelVersion, TasteCluster, Track
from tests.service.radio.houses import NOW, House
from tests.service.small_library import add_listener


@pytest.fixture
def house(sqlite_settings: Settings, rng: np.random.Generator) -> Iterator[House]:
    database = open_database(sqlite_settings)
    yield House(database, sqlite_settings, rng)
    database.close()


def test_a_list_can_be_made_on_either_kind_of_store(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    assert len(House(database, store_settings, rng).listened().list()) == 20


def test_a_list_mixes_both_origins_and_each_place_has_its_reason(house: House) -> None:
    listed = house.listened().list()
    assert len({item.track_id for item in listed}) == 20
    assert {item.origin for item in listed} == {"catalogue", "composed"}
    assert all(
        (item.reason.endswith(".") and "“" in item.reason) or "centre" in item.reason for item in listed
    )
    assert any(item.reason.startswith("You have played it once:") for item in listed)
    assert any(item.reason.startswith("New to you: it is near “") for item in listed)
    assert any(item.reason.startswith("Composed for you: it is near “piano") for item in listed)


def test_composed_tracks_of_another_listener_never_appear(house: House) -> None:
    bobs = {track.id for track in house.bobs}
    for listed in (house.list(places=200), house.listened().list(places=200)):
        assert {item.track_id for item in listed if item.origin == "composed"} <= {
            track.id for track in house.adas
        }
        assert not bobs & {item.track_id for item in listed}
    assert bobs & {item.track_id for item in house.list(house.bob, places=200)}


@pytest.mark.parametrize("policy", ["shelf", "never"])
def test_composed_tracks_stay_out_where_the_listener_wants_it_so(policy: str, house: House) -> None:
    house.listened()
    house.ada.composed_policy = policy
    assert {item.origin for item in house.list()} == {"catalogue"}


def test_a_composition_that_is_held_is_not_listed(house: House) -> None:
    house.listened()
    with house.database.session() as db_session:
        version = ModelVersion(kind="generator", name="g", sha256="1" * 64)
        db_session.add(version)
        db_session.flush()
        for track in house.adas[1:]:
            db_session.add(
                Composition(
                    user_id=house.ada.id,
                    track_id=track.id,
                    state="held",
                    seconds=60,
                    seed=1,
                    engine="notes",
                    model_version_id=version.id,
                    dtype="float32",
                    threads=1,
                )
            )
    composed = {item.track_id for item in house.list(places=200) if item.origin == "composed"}
    assert composed == {house.adas[0].id}


def test_a_thumb_down_hides_a_track_at_once_and_clear_gives_exactly_the_same_list_back(house: House) -> None:
    before = house.listened().list()
    hidden = before[0].track_id
    house.thumb(hidden, "down")
    assert hidden not in {item.track_id for item in house.list()}
    house.thumb(hidden, "clear")
    assert house.list() == before


def test_a_minute_later_the_list_is_the_same(house: House) -> None:
    house.listened()
    assert house.list(now=NOW) == house.list(now=NOW + timedelta(minutes=1))


def test_no_artist_is_listed_more_than_twice(house: House) -> None:
    artists = [item.artist for item in house.listened().list() if item.origin == "catalogue"]
    assert max(artists.count(artist) for artist in artists) <= 2


def test_a_muted_cluster_gives_nothing_and_a_name_is_used_in_reasons(house: House) -> None:
    house.listened()
    with house.database.session() as db_session:
        for row in db_session.query(TasteCluster):
            row.muted, row.name = "metal" in row.words, "sundays"
    listed = house.list()
    assert not [item for item in listed if item.title.startswith("metal")]
    assert any("your sundays listening" in item.reason for item in listed)


def test_no_plays_give_a_varied_start_that_says_so(house: House) -> None:
    listed = house.list()
    assert len(listed) == 20
    assert all(item.reason.startswith("No plays yet: a varied start, here ") for item in listed)
    assert {item.title.split()[0] for item in listed} >= {"piano", "metal", "choir"}
    assert house.list() == listed


def test_one_play_before_any_clusters_is_enough_to_start_from(house: House) -> None:
    with house.database.session() as db_session:
        house.play(db_session, house.tracks["choir"][4])
    listed = house.list()
    assert sum(item.title.startswith("choir") for item in listed) >= 10
    assert any("“choir 4” by choir artist 2 in what you play" in item.reason for item in listed)


def test_many_plays_of_one_track_do_not_fill_the_list(house: House) -> None:
    with house.database.session() as db_session:
        house.play(db_session, house.tracks["metal"][0], times=300)
    listed = house.list()
    assert len({item.track_id for item in listed}) == 20
    assert any(item.reason.startswith("You have played it 300 times:") for item in listed)


def test_a_missing_file_is_not_listed(house: House) -> None:
    house.listened()
    gone = house.list()[0].track_id
    with house.database.session() as db_session:
        db_session.get_one(Track, gone).missing_since = NOW
    assert gone not in {item.track_id for item in house.list(places=100)}


def test_a_track_that_was_deleted_after_indexing_does_no_harm(house: House) -> None:
    with house.database.session() as db_session:
        db_session.execute(delete(Track).where(Track.id == house.tracks["choir"][0].id))
    assert len(house.listened().list()) == 20


@pytest.mark.parametrize("places", [0, -1, 501])
def test_a_list_of_no_or_too_many_places_is_refused(places: int, house: House) -> None:
    with pytest.raises(InvalidRequest, match="1 to 500"):
        house.list(places=places)


def test_without_an_index_the_sentence_says_what_to_do(sqlite_settings: Settings) -> None:
    database = open_database(sqlite_settings)
    try:
        with pytest.raises(NotPrepared, match="homespun index rebuild"):
            recommend(database, sqlite_settings, add_listener(database))
    finally:
        database.close()
