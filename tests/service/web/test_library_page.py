import re

import numpy as np
import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.store.tables import Track, User, utc_now
from tests.service.clients import browser_of, listener, parts_of
from tests.service.small_library import add_composed, add_track

SCRIPT = "<script>alert('tag')</script>"
# Letters that are written from right to left, after a mark that turns all others round.
TURNED = "\u202e\u0627\u0628\u0646"


@pytest.fixture
def library(web_app: APIFlask, rng: np.random.Generator) -> APIFlask:
    """The application over two albums of two artists, 70 singles, and what nobody should write into a tag."""
    with parts_of(web_app).database.session() as db_session:
        for number in range(3):
            add_track(
                db_session, f"Prelude {number}", "Clara", album="Preludes", track_number=3 - number, year=1840
            )
        add_track(db_session, "Étude", "Clara", album="Études", year=1838)
        for number in range(70):
            add_track(
                db_session, f"Single {number:02d}", f"Singer {number:02d}", album=f"Record {number:02d}"
            )
        add_track(db_session, SCRIPT, SCRIPT, album=SCRIPT)
        add_track(db_session, TURNED, "x" * 100_000, album="y" * 100_000)
        add_track(db_session, "Lost", "Clara", album="Lost and gone", missing_since=utc_now())
        add_composed(db_session, listener(db_session, "ada"), "Hers alone", "piano", rng)
        add_composed(db_session, listener(db_session, "ben"), "His alone", "piano", rng)
    return web_app


def _id_of(app: APIFlask, title: str) -> str:
    with parts_of(app).database.session(read_only=True) as db_session:
        return db_session.scalars(select(Track.id).where(Track.title == title)).one()


def test_everything_is_searched_at_once_whatever_the_case_and_accents(library: APIFlask) -> None:
    page = browser_of(library, "ada").get("/library?q=CLARA etude").text
    assert "Étude" in page
    assert "Études" in page
    assert "Prelude 0" not in page
    assert "data-play" in page
    assert "Nothing found" in browser_of(library, "ada").get("/library?q=there is no such thing").text


def test_albums_are_leafed_through_to_the_last(library: APIFlask) -> None:
    browser, address, found = browser_of(library, "ada"), "/library?show=albums", []
    while address:
        page = browser.get(address).text
        found += re.findall(r'class="album-name"><bdi>([^<]+)</bdi>', page)
        following = re.findall(r'class="pager"><a class="button" href="([^"]+)"', page)
        address = following[0].replace("&amp;", "&") if following else ""
    assert len(found) == len(set(found)) == 74
    assert {"Preludes", "Études", "Record 69"} <= set(found)
    assert "Lost and gone" not in found


@pytest.mark.parametrize("kind", ["albums", "artists", "tracks"])
def test_a_page_goes_on_where_the_one_before_ended(library: APIFlask, kind: str) -> None:
    browser = browser_of(library, "ada")
    pages = [browser.get(f"/library?q=s&show={kind}").text]
    (address,) = re.findall(r'class="pager"><a class="button" href="([^"]+)"', pages[0])
    pages.append(browser.get(address.replace("&amp;", "&")).text)
    if kind != "artists":
        assert "39" in pages[0]
        assert "Single 69" in pages[1] or "Record 69" in pages[1]
    assert pages[0] != pages[1]


def test_a_cursor_of_another_list_or_listener_is_no_place(library: APIFlask) -> None:
    page = browser_of(library, "ada").get("/library?show=albums").text
    (after,) = re.findall(r"after=([^\"&]+)", page)
    assert browser_of(library, "ada").get(f"/library?show=albums&after={after}").status_code == 200
    for name, address in (
        ("ada", f"/library?show=tracks&after={after}"),
        ("ben", f"/library?show=albums&after={after}"),
        ("ada", "/library?show=albums&after=nonsense"),
    ):
        assert browser_of(library, name).get(address).status_code == 404


def test_an_album_plays_in_its_own_order(library: APIFlask) -> None:
    page = browser_of(library, "ada").get(f"/library/albums/{_id_of(library, 'Prelude 0')}").text
    assert re.findall(r'<bdi class="title">([^<]+)</bdi>', page) == ["Prelude 2", "Prelude 1", "Prelude 0"]
    assert "1840" in page
    assert "Étude" not in page


def test_an_artist_has_albums_and_tracks(library: APIFlask) -> None:
    page = browser_of(library, "ada").get(f"/library/artists/{_id_of(library, 'Étude')}").text
    assert re.findall(r'class="album-name"><bdi>([^<]+)</bdi>', page) == ["Études", "Preludes"]
    assert len(re.findall(r'<bdi class="title">', page)) == 4


def test_what_tags_hold_is_shown_as_text_and_cut(library: APIFlask) -> None:
    browser = browser_of(library, "ada")
    odd, script = TURNED, SCRIPT
    for address in (
        "/library",
        "/library?show=artists&q=xxx",
        "/library?show=tracks&q=xxx",
        f"/library/albums/{_id_of(library, odd)}",
        f"/library/artists/{_id_of(library, odd)}",
        f"/library/albums/{_id_of(library, script)}",
        "/library?q=script",
    ):
        page = browser.get(address)
        assert page.status_code == 200, address
        assert len(page.text) < 150_000, address
        assert SCRIPT not in page.text, address


def test_what_was_composed_for_another_is_not_there(library: APIFlask) -> None:
    browser = browser_of(library, "ada")
    assert "His alone" not in browser.get("/library?q=alone").text
    assert "Hers alone" in browser.get("/library?q=alone").text
    for room in ("albums", "artists"):
        assert browser.get(f"/library/{room}/{_id_of(library, 'His alone')}").status_code == 404
        assert browser.get(f"/library/{room}/{'0' * 26}").status_code == 404


@pytest.mark.parametrize("policy", ["shelf", "never"])
def test_who_has_composed_music_elsewhere_does_not_find_it_here(library: APIFlask, policy: str) -> None:
    browser = browser_of(library, "ada")
    with parts_of(library).database.session() as db_session:
        db_session.scalars(select(User).where(User.name == "ada")).one().composed_policy = policy
    assert "Hers alone" not in browser.get("/library?q=alone").text
    assert "ada&#39;s studio" not in browser.get("/library?show=artists&q=studio").text


@pytest.mark.parametrize("query", ["a%00b", "x" * 201, "one%0Atwo", "a%C2%85b"])
def test_what_cannot_be_looked_for_is_refused_in_a_sentence(library: APIFlask, query: str) -> None:
    answer = browser_of(library, "ada").get(f"/library?q={query}x")
    assert (answer.status_code, "What to look for is one line" in answer.text) == (400, True)


def test_an_empty_library_says_so(web_app: APIFlask) -> None:
    assert "Nothing here yet" in browser_of(web_app, "ada").get("/library").text
