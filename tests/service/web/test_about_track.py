import numpy as np
import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.store.tables import Track
from tests.service.clients import browser_of, listener, parts_of
from tests.service.small_library import add_composed, add_sounding_tracks, add_track, embed, publish

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def library(web_app: APIFlask, rng: np.random.Generator) -> APIFlask:
    own = parts_of(web_app)
    with own.database.session() as db_session:
        for sound in ("piano", "metal"):
            add_sounding_tracks(db_session, sound, 4, rng)
        embed(db_session, add_track(db_session, f"{SCRIPT} \u202eabc", SCRIPT), "piano", rng)
        add_composed(db_session, listener(db_session, "ben"), "His alone", "piano", rng)
    publish(own.database, own.settings)
    return web_app


def id_of(app: APIFlask, title: str) -> str:
    with parts_of(app).database.session(read_only=True) as db_session:
        return db_session.scalars(select(Track.id).where(Track.title == title)).one()


def test_a_track_of_the_list_tells_its_reason_and_its_parts(library: APIFlask) -> None:
    browser = browser_of(library, "ada")
    sheet = browser.get(f"/fragments/tracks/{id_of(library, 'piano 0')}").text
    assert "No plays yet" in sheet
    assert "More like this" in sheet
    assert "data-station='{\"calmer\": 0.6}'" in sheet


def test_without_an_index_a_track_has_no_reason_yet(web_app: APIFlask) -> None:
    with parts_of(web_app).database.session() as db_session:
        track = add_track(db_session, "Alone")
    sheet = browser_of(web_app, "ada").get(f"/fragments/tracks/{track.id}").text
    assert "It is not in your list at present." in sheet


def test_script_and_turned_letters_stay_text(library: APIFlask) -> None:
    track_id = id_of(library, f"{SCRIPT} \u202eabc")
    sheet = browser_of(library, "ada").get(f"/fragments/tracks/{track_id}").text
    assert SCRIPT not in sheet
    assert "<bdi>&lt;script&gt;" in sheet


def test_what_another_was_composed_is_not_told(library: APIFlask) -> None:
    answer = browser_of(library, "ada").get(f"/fragments/tracks/{id_of(library, 'His alone')}")
    assert answer.status_code == 404
    assert "His alone" not in answer.text
