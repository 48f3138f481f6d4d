from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import update

from service.errors import Conflict, InvalidRequest, NotFound
from service.listening.emotions import correct_emotion
from service.radio.similar import similar_tracks
from service.radio.stations import StationWish, next_tracks, start_station
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import Station, TasteCluster, Track, TrackEmbedding, User
from tests.service.radio.houses import House
from tests.service.small_library import add_track


@pytest.fixture
def house(sqlite_settings: Settings, rng: np.random.Generator) -> Iterator[House]:
    database = open_database(sqlite_settings)
    yield House(database, sqlite_settings, rng)
    database.close()


def start(house: House, track: Track, user: User | None = None, **wish: float) -> str:
    with house.database.session() as db_session:
        return start_station(db_session, (user or house.ada).id, track.id, StationWish(**wish)).id


def play_on(house: House, station_id: str, count: int = 5, user: User | None = None) -> list[Track]:
    return next_tracks(house.database, house.settings, (user or house.ada).id, station_id, count)


def similar(house: House, track: Track, count: int = 10, user: User | None = None) -> list[Track]:
    return similar_tracks(house.database, house.settings, (user or house.ada).id, track.id, count)


def mute(house: House, words: str) -> None:
    with house.database.session() as db_session:
        for row in db_session.query(TasteCluster):
            row.muted = words in row.words


def test_similar_tracks_sound_alike_and_are_not_the_track_itself(house: House) -> None:
    metal = house.tracks["metal"][0]
    found = similar(house, metal)
    assert len({track.id for track in found}) == 10
    assert metal.id not in {track.id for track in found}
    assert all((track.title or "").startswith("metal") for track in found)


def test_nobody_elses_composed_tracks_are_similar_to_anything(house: House) -> None:
    found = similar(house, house.tracks["piano"][0], count=40)
    assert {track.owner_id for track in found} == {None, house.ada.id}
    with pytest.raises(NotFound):
        similar(house, house.bobs[0])


def test_a_thumb_down_and_a_muted_taste_leave_what_is_similar(house: House) -> None:
    house.listened()
    piano = house.tracks["piano"][0]
    nearest = similar(house, piano)[0]
    house.thumb(nearest.id, "down")
    assert nearest.id not in {track.id for track in similar(house, piano)}
    mute(house, "metal")
    found = similar(house, piano, count=100)
    assert not [track for track in found if (track.title or "").startswith("metal")]


@pytest.mark.parametrize("count", [0, 201])
def test_no_or_too_many_similar_tracks_are_refused(count: int, house: House) -> None:
    with pytest.raises(InvalidRequest):
        similar(house, house.tracks["piano"][0], count=count)


def test_what_was_not_listened_to_yet_has_no_neighbours_yet(house: House) -> None:
    with house.database.session() as db_session:
        new = add_track(db_session, "new")
    with pytest.raises(Conflict) as caught:
        similar(house, new)
    assert caught.value.code == "not_listened_to_yet"


def test_a_station_never_plays_a_track_twice_and_ends(house: House) -> None:
    station = start(house, house.tracks["choir"][0])
    given = [track.id for _ in range(4) for track in play_on(house, station, 30)]
    assert len(given) == len(set(given)) == 30 * 3 + 8 - 1
    assert house.tracks["choir"][0].id not in given
    assert play_on(house, station) == []


def test_a_station_begins_with_what_sounds_alike(house: House) -> None:
    station = start(house, house.tracks["choir"][0])
    assert all((track.title or "").startswith("choir") for track in play_on(house, station, 5))


def test_a_wish_for_calm_and_speed_turns_the_station(house: House, rng: np.random.Generator) -> None:
    with house.database.session() as db_session:
        for track in house.tracks["choir"]:
            feel = {"arousal": float(rng.uniform(-0.8, 0.6)), "tempo_bpm": float(rng.uniform(70, 150))}
            db_session.execute(
                update(TrackEmbedding).where(TrackEmbedding.track_id == track.id).values(**feel)
            )

    def mean(column: str, **wish: float) -> float:
        given = play_on(house, start(house, house.tracks["choir"][0], **wish), 8)
        with house.database.session(read_only=True) as db_session:
            rows = db_session.query(TrackEmbedding).where(
                TrackEmbedding.track_id.in_([track.id for track in given])
            )
            return float(np.mean([getattr(row, column) for row in rows]))

    assert mean("arousal", calmer=1.0) < mean("arousal", calmer=-1.0)
    assert mean("tempo_bpm", faster=1.0) > mean("tempo_bpm", faster=-1.0)


def test_a_wish_goes_by_what_the_listener_says_of_a_track(house: House) -> None:
    seed, *others = house.tracks["choir"]
    before = play_on(house, start(house, seed, calmer=1.0), 20)
    liveliest = before[0]
    # Every other one: two follow each other by one artist.
    calmest = [track for track in others[1::2] if track.id != liveliest.id][:3]
    with house.database.session() as db_session:
        correct_emotion(db_session, house.ada.id, liveliest.id, valence=None, arousal=1.0)
        for track in calmest:
            correct_emotion(db_session, house.ada.id, track.id, valence=None, arousal=-0.6)
    after = play_on(house, start(house, seed, calmer=1.0), 20)
    assert liveliest.id not in {track.id for track in after}
    assert {track.id for track in calmest} == {track.id for track in after[:3]}
    with house.database.session() as db_session:
        for track in (liveliest, *calmest):
            correct_emotion(db_session, house.ada.id, track.id, valence=None, arousal=None)
    again = play_on(house, start(house, seed, calmer=1.0), 20)
    assert [track.id for track in again] == [track.id for track in before]


def test_a_wish_beyond_its_scale_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="between -1 and 1"):
        StationWish(calmer=1.5)


def test_another_listeners_station_is_not_there(house: House) -> None:
    station = start(house, house.tracks["choir"][0])
    with pytest.raises(NotFound) as caught:
        play_on(house, station, user=house.bob)
    assert caught.value.code == "unknown_station"
    with pytest.raises(NotFound):
        start(house, house.bobs[0])


def test_two_who_ask_one_station_at_once_get_different_tracks(house: House) -> None:
    station = start(house, house.tracks["choir"][0])
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: [track.id for track in play_on(house, station, 5)], range(2))
    assert len({*first, *second}) == 10
    with house.database.session(read_only=True) as db_session:
        assert sorted(db_session.get_one(Station, station).served) == sorted([*first, *second])


def test_a_station_runs_on_either_kind_of_store(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    house = House(database, store_settings, rng)
    assert len(play_on(house, start(house, house.tracks["metal"][3]), 5)) == 5
