"""More like this, by the ear of a further encoder."""

from collections.abc import Iterator

import numpy as np
import pytest

from service.errors import Conflict, InvalidRequest, NotFound
from service.jobs import index_further
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import register
from service.radio.similar import similar_tracks
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import TasteCluster, Track, TrackVector
from tests.service.radio.houses import House
from tests.service.small_library import add_track

# The further ear hears choir and metal as one thing, and piano as another.
AXES = {"choir": 0, "metal": 0, "piano": 1}


@pytest.fixture
def house(web_settings: Settings, rng: np.random.Generator) -> Iterator[House]:
    database = open_database(web_settings)
    house = House(database, web_settings, rng)
    listen_otherwise(database, house, rng)
    yield house
    database.close()


def listen_otherwise(database: Database, house: House, rng: np.random.Generator) -> None:
    with database.session() as db_session:
        clap = register(db_session, "encoder", "clap", "1" * 64, {"vector_size": 4}, {}, further=True)
        sounds = [(track, sound) for sound, tracks in house.tracks.items() for track in tracks]
        for track, sound in [*sounds, *((track, "piano") for track in [*house.adas, *house.bobs])]:
            vector = rng.normal(scale=0.05, size=4)
            vector[AXES[sound]] += 1.0
            unit = (vector / np.linalg.norm(vector)).astype("<f4")
            db_session.add(TrackVector(track_id=track.id, encoder_id=clap.id, vector=unit.tobytes()))
        payload = job_requests.index_further(clap.id).payload
    run_inline(database, house.settings, index_further, payload, lambda *_: None)


def similar(house: House, track: Track, count: int = 10, encoder: str | None = "clap") -> list[Track]:
    return similar_tracks(house.database, house.settings, house.ada.id, track.id, count, encoder=encoder)


def sounds_of(tracks: list[Track]) -> set[str]:
    return {(track.title or "").split()[0] for track in tracks}


def test_each_ear_has_neighbours_of_its_own(house: House) -> None:
    metal = house.tracks["metal"][0]
    for _ in range(2):  # in turn, as listeners ask
        assert sounds_of(similar(house, metal, 20)) == {"metal", "choir"}
        assert sounds_of(similar(house, metal, 20, encoder=None)) == {"metal"}
    assert metal.id not in {track.id for track in similar(house, metal, 20)}


def test_nobody_elses_composed_tracks_are_found_by_a_further_ear(house: House) -> None:
    found = similar(house, house.tracks["piano"][0], 40)
    assert {track.owner_id for track in found} == {None, house.ada.id}
    with pytest.raises(NotFound):
        similar(house, house.bobs[0])


def test_thumbs_down_and_muted_tastes_hold_for_a_further_ear_too(house: House) -> None:
    house.listened()
    choir = house.tracks["choir"][0]
    nearest = similar(house, choir)[0]
    house.thumb(nearest.id, "down")
    assert nearest.id not in {track.id for track in similar(house, choir)}
    assert "metal" in sounds_of(similar(house, choir, 60))
    with house.database.session() as db_session:
        for row in db_session.query(TasteCluster):
            row.muted = "metal" in row.words
    assert "metal" not in sounds_of(similar(house, choir, 60))


def test_what_a_further_ear_cannot_answer_it_says(house: House) -> None:
    with house.database.session() as db_session:
        new = add_track(db_session, "new")
    metal = house.tracks["metal"][0]
    for error, code, track, encoder in (
        (Conflict, "not_listened_to_yet", new, "clap"),
        (Conflict, "encoder_not_added", metal, "vibenet"),
        (InvalidRequest, "unknown_encoder", metal, "../clap"),
    ):
        with pytest.raises(error) as caught:
            similar(house, track, encoder=encoder)
        assert caught.value.code == code


def test_a_list_rests_on_the_ear_in_use_alone(house: House) -> None:
    before = house.ids_of_list()
    with house.database.session() as db_session:
        db_session.query(TrackVector).delete()
    assert house.ids_of_list() == before
