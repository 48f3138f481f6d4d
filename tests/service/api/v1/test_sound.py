"""What was heard in a track, and saying how it feels."""

from typing import Any

import numpy as np
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.service.access_house import House, house_of
from tests.service.clients import parts_of
from tests.service.small_library import add_sounding_tracks, add_track

API = "/api/v1"
NOBODYS = "01M82B9AK32ASHGJDN904PFTNF"


@pytest.fixture
def house(web_app: APIFlask) -> House:
    return house_of(web_app)


@pytest.fixture
def piano(house: House, rng: np.random.Generator) -> str:
    """A track of the catalogue that was listened to."""
    with parts_of(house.app).database.session() as db_session:
        return add_sounding_tracks(db_session, "piano", 1, rng)[0].id


def sound(client: FlaskClient, track_id: str) -> Any:
    answer = client.get(f"{API}/tracks/{track_id}/sound")
    assert answer.status_code == 200
    return answer.json


def test_a_correction_is_told_at_once_and_taken_back_exactly(house: House, piano: str) -> None:
    ada, ben = house.program("ada"), house.program("ben")
    url = f"{API}/tracks/{piano}/emotion"
    before = sound(ada, piano)
    assert before == sound(ben, piano)
    assert (before["key"], before["words"], before["encoder"]) == ("C major", ["piano"], "blobs")
    assert before["emotion"]["own"] is None

    said = ada.put(url, json={"valence": 0.9})
    assert (said.status_code, said.json) == (
        200,
        {"track_id": piano, "valence": 0.9, "arousal": None, "changed": True},
    )
    assert not ada.put(url, json={"valence": 0.9}).json["changed"]
    hers, his = sound(ada, piano)["emotion"], sound(ben, piano)["emotion"]
    assert (hers["valence"], hers["own"]) == (0.9, {"valence": 0.9, "arousal": None})
    assert (hers["valence_uncertainty"], hers["arousal"]) == (0.0, -0.6)
    assert (his["own"], his["estimated"]["valence"]) == (None, 0.2)
    assert 0.2 < his["valence"] < 0.3

    # Another word stands in place of the one before.
    assert ada.put(url, json={"arousal": 1}).json["valence"] is None
    assert ada.delete(url).json == {"track_id": piano, "valence": None, "arousal": None, "changed": True}
    assert not ada.delete(url).json["changed"]
    assert sound(ada, piano) == sound(ben, piano) == before


NO_EMOTIONS = [
    ('{"valence": 1.01}', "invalid_body"),
    ('{"arousal": NaN}', "invalid_body"),
    ('{"arousal": "0.5"}', "invalid_body"),
    ('{"valence": true}', "invalid_body"),
    ('{"valence": 0.5, "dominance": 0.5}', "unknown_field"),
    ("[]", "invalid_body"),
]


def test_what_is_no_emotion_is_refused(house: House, piano: str) -> None:
    ada, url = house.program("ada"), f"{API}/tracks/{piano}/emotion"
    for body, code in NO_EMOTIONS:
        answer = ada.put(url, data=body, content_type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, code), body
    assert sound(ada, piano)["emotion"]["own"] is None


def test_what_is_not_there_and_what_is_not_heard_have_stable_codes(house: House) -> None:
    with parts_of(house.app).database.session() as db_session:
        new = add_track(db_session, "new").id
    ada, ben = house.program("ada"), house.program("ben")
    unheard = ada.get(f"{API}/tracks/{new}/sound")
    assert (unheard.status_code, unheard.json["code"]) == (409, "not_listened_to_yet")
    # It may be corrected all the same: the word waits for the ear.
    assert ada.put(f"{API}/tracks/{new}/emotion", json={"arousal": 0.5}).json["changed"]
    for track_id in (NOBODYS, house.ids["track_id"]):
        assert ben.get(f"{API}/tracks/{track_id}/sound").json["code"] == "unknown_track"
        for refused in (
            ben.put(f"{API}/tracks/{track_id}/emotion", json={"arousal": 0.5}),
            ben.delete(f"{API}/tracks/{track_id}/emotion"),
        ):
            assert (refused.status_code, refused.json["code"]) == (404, "unknown_track")
