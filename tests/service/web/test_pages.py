import re

import numpy as np
import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.store.tables import Track
from tests.service.clients import browser_of, client_of, listener, parts_of
from tests.service.conftest import web_app_of
from tests.service.small_library import add_composed, add_sounding_tracks, add_track, embed, publish

SCRIPT = "<script>alert('tag')</script>"


@pytest.fixture
def library(web_app: APIFlask, rng: np.random.Generator) -> APIFlask:
    """The application over a library of 13 tracks, one of which has script for a title."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        for sound in ("piano", "metal"):
            add_sounding_tracks(db_session, sound, 5, rng)
        embed(db_session, add_track(db_session, SCRIPT, SCRIPT), "piano", rng)
        add_composed(db_session, ada, "Hers alone", "piano", rng)
        add_composed(db_session, listener(db_session, "ben"), "His alone", "piano", rng)
    publish(parts.database, parts.settings)
    return web_app


def test_the_list_is_read_without_a_script(library: APIFlask) -> None:
    page = browser_of(library, "ada").get("/").text
    assert "piano 0" in page
    assert "Hers alone" in page
    assert page.count('class="row"') >= 10
    assert "No plays yet" in page


def test_what_was_composed_for_another_is_not_shown(library: APIFlask) -> None:
    assert "His alone" not in browser_of(library, "ada").get("/").text


def test_script_in_a_tag_is_shown_as_it_is_written(library: APIFlask) -> None:
    for address in ("/", "/fragments/list"):
        page = browser_of(library, "ada").get(address).text
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(" in page
        assert "\\u003cscript\\u003ealert(" in page


@pytest.mark.parametrize("address", ["/", "/sign-in", "/setup", "/review"])
def test_pages_have_no_script_and_no_style_of_their_own(library: APIFlask, address: str) -> None:
    page = browser_of(library, "ada", owner=True).get(address, follow_redirects=True).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_whoever_is_not_signed_in_is_sent_to_the_door_and_comes_back(web_app: APIFlask) -> None:
    answer = web_app.test_client().get("/tracks/01JD9K3V5T8W2XQ4Z6N7M8P9RS/how")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/tracks/01JD9K3V5T8W2XQ4Z6N7M8P9RS/how"


@pytest.mark.parametrize("address", ["/", "/fragments/list", "/fragments/made", "/fragments/doings"])
def test_no_part_of_the_page_is_told_to_nobody(web_app: APIFlask, address: str) -> None:
    assert web_app.test_client().get(address).status_code == 303


def test_a_token_opens_no_page(web_app: APIFlask) -> None:
    assert client_of(web_app, "ada").get("/").status_code == 403


def test_how_another_listeners_track_came_to_be_is_not_told(library: APIFlask) -> None:
    hers = browser_of(library, "ada")
    unknown = hers.get("/tracks/01JD9K3V5T8W2XQ4Z6N7M8P9RS/how")
    assert unknown.status_code == 404
    with parts_of(library).database.session(read_only=True) as db_session:
        his = next(track for track in db_session.scalars(select(Track)) if track.title == "His alone")
    answer = hers.get(f"/tracks/{his.id}/how")
    assert answer.status_code == 404
    assert "His alone" not in answer.text


def test_an_empty_house_says_how_to_begin(web_app: APIFlask) -> None:
    page = browser_of(web_app, "ada", owner=True).get("/").text
    assert "No music yet" in page
    assert 'action="/music-folder"' in page
    assert "Nothing composed yet" in page


def test_below_a_path_all_addresses_lie_below_it(library: APIFlask) -> None:
    settings = parts_of(library).settings.model_copy(update={"public_url": "http://localhost/music"})
    with web_app_of(settings) as below:
        page = browser_of(below, "ada").get("/music/").text
    addresses = re.findall(r'(?:href|src|action|data-[a-z]+|hx-get)="(/[^"]*)"', page)
    assert len(addresses) > 10
    assert [address for address in addresses if not address.startswith("/music/")] == []
