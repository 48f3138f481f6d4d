from typing import Any

import pytest
from apiflask import APIFlask

from tests.service.clients import client_of, parts_of
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener

API = "/api/v1/compositions"


@pytest.fixture
def app(web_app: APIFlask) -> APIFlask:
    """The application with Anna, who has a taste."""
    database = parts_of(web_app).database
    encoder_id = add_encoder(database)
    add_cluster(database, add_listener(database, encoder_id), encoder_id, 0, 1.0)
    return web_app


def test_a_wish_is_taken_and_words_are_explained(app: APIFlask) -> None:
    anna = client_of(app, "anna")
    wish = {
        "words": "slow piano",
        "mood": {"valence": 0.5, "arousal": -0.5},
        "instruments": {"drums": "none"},
    }
    assert anna.post(API, json=wish).status_code == 202
    told = anna.get(f"{API}/understood", query_string={"words": "slow zorblax"}).get_json()
    assert told == {"heard": [{"words": "slow", "meaning": "tempo 72 bpm"}], "unknown": ["zorblax"]}


@pytest.mark.parametrize(
    "wish",
    [
        {"instruments": {"lead": "none"}},
        {"instruments": {"drums": "piano"}},
        {"instruments": {"kazoo": "piano"}},
        {"mood": {"valence": 2, "arousal": 0}},
        {"mood": {"valence": 0}},
        {"tempo_bpm": 400},
        {"words": "zorblax"},
        {"words": "nul\0"},
        {"words": "x" * 501},
    ],
)
def test_an_impossible_wish_is_refused(app: APIFlask, wish: dict[str, Any]) -> None:
    assert client_of(app, "anna").post(API, json=wish).status_code == 400
