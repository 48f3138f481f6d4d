"""Lists, a page at a time."""

import re
from itertools import pairwise

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.service.clients import client_of, parts_of
from tests.service.small_library import add_track

API = "/api/v1"


@pytest.fixture
def ada(web_app: APIFlask) -> FlaskClient:
    with parts_of(web_app).database.session() as db_session:
        for number in range(23):
            name = f"Same {number % 3}"
            add_track(db_session, name, f"Artist {number % 7}", album=f"Album {number % 11}")
    ada = client_of(web_app)
    for number in range(11):
        told = {"listened_at": f"2026-11-22T12:00:{number // 2:02}Z", "title": f"Song {number}"}
        assert ada.post(f"{API}/listens", json=told).status_code == 201
    for _ in range(5):
        job = ada.post(f"{API}/profile/taste/rebuild").json
        assert ada.delete(f"{API}/jobs/{job['id']}").status_code == 202
    return ada


@pytest.mark.parametrize("size", [1, 4, 200])
@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/tracks", 23),
        ("/tracks?artist=artist%203", 3),
        ("/artists", 7),
        ("/albums", 23),
        ("/listens", 11),
        ("/jobs?state=cancelled", 5),
    ],
)
def test_pages_follow_each_other_to_the_end_without_gap_or_double(
    ada: FlaskClient, path: str, count: int, size: int
) -> None:
    found, url = [], f"{API}{path}{'&' if '?' in path else '?'}limit={size}"
    while url:
        answer = ada.get(url)
        assert answer.status_code == 200
        assert 1 <= len(answer.json["items"]) <= size
        found += answer.json["items"]
        link = re.fullmatch('<(.*)>; rel="next"', answer.headers.get("Link", "<>"))
        assert (link is None) == (answer.json["next_cursor"] is None)
        url = link[1] if link else ""

    texts = [repr(item) for item in found]
    assert len(texts) == len(set(texts))
    if path != "/albums":
        assert len(found) == count
    else:
        assert sum(album["tracks"] for album in found) == count


def test_what_was_heard_last_comes_first(ada: FlaskClient) -> None:
    moments = [listen["listened_at"] for listen in ada.get(f"{API}/listens").json["items"]]

    assert all(later >= earlier for later, earlier in pairwise(moments))


def test_a_page_from_nowhere_is_not_there(ada: FlaskClient) -> None:
    answer = ada.get(f"{API}/tracks?cursor=x")

    assert (answer.status_code, answer.json["code"]) == (404, "bad_cursor")


def test_a_search_finds_tracks_artists_and_albums(ada: FlaskClient) -> None:
    found = ada.get(f"{API}/search?q=artist%203").json

    assert [artist["name"] for artist in found["artists"]] == ["Artist 3"]
    assert "Artist 3" in {track["artist"] for track in found["tracks"]}
    assert "Artist 3" in {album["artist"] for album in found["albums"]}
