"""How answers look, and what is said to apps that ask wrongly. What real apps do is in tests/acceptance."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from service.accounts.app_passwords import issue_app_password
from service.compat.opensubsonic.answering import to_xml
from service.compat.opensubsonic.faults import Fault
from service.compat.opensubsonic.ids import album_id, artist_id, read_id
from tests.service.clients import listener, parts_of
from tests.service.small_library import add_track

NAMESPACE = "{http://subsonic.org/restapi}"


@pytest.fixture
def secret(web_app: APIFlask) -> str:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        add_track(db_session, "A <b> & \u0001c", "Zoe", album="Own")
        return issue_app_password(db_session, parts.app_password_keys, ada.id, "an app").secret


@pytest.fixture
def app(web_app: APIFlask) -> FlaskClient:
    return web_app.test_client()


def _asked(app: FlaskClient, method: str, **query: str) -> Any:
    response = app.get(f"/rest/{method}", query_string=query | {"f": "json"})
    return response.get_json()["subsonic-response"]


def test_an_answer_is_xml_unless_json_is_asked_for(app: FlaskClient, secret: str) -> None:
    response = app.get("/rest/search3.view", query_string={"apiKey": secret, "query": ""})

    assert (response.status_code, response.mimetype) == (200, "application/xml")
    root = ET.fromstring(response.data)  # noqa: S314  # our own answer
    assert root.attrib == {
        "status": "ok",
        "version": "1.16.1",
        "type": "homespun",
        "serverVersion": root.attrib["serverVersion"],
        "openSubsonic": "true",
    }
    song = root.find(f"{NAMESPACE}searchResult3/{NAMESPACE}song")
    assert song is not None
    assert (song.attrib["title"], song.attrib["isDir"]) == ("A <b> & \N{REPLACEMENT CHARACTER}c", "false")
    assert [each.attrib["name"] for each in song.findall(f"{NAMESPACE}artists")] == ["Zoe"]


def test_extensions_are_told_before_anybody_signs_in_by_get_and_by_form(app: FlaskClient) -> None:
    assert _asked(app, "getOpenSubsonicExtensions")["status"] == "ok"
    posted = app.post("/rest/getOpenSubsonicExtensions.view", data={"f": "json"})
    assert posted.get_json()["subsonic-response"]["openSubsonicExtensions"][0]["versions"] == [1]


PARAMETERS = (
    *(
        "id",
        "albumId",
        "artistId",
        "songId",
        "playlistId",
        "mediaId",
        "mediaType",
        "startSongId",
        "endSongId",
    ),
    *("type", "size", "offset", "count", "query", "genre", "artist", "name", "comment", "rating", "username"),
    *("fromYear", "toYear", "musicFolderId", "ifModifiedSince", "songCount", "songOffset", "albumCount"),
    *("state", "positionMs", "position", "current", "currentIndex", "time", "submission", "ignoreScrobble"),
    *("songIdToAdd", "songIndexToRemove", "format", "maxBitRate", "estimateContentLength", "c"),
)

REFUSED: list[tuple[dict[str, str], int]] = [
    ({}, 10),
    ({"u": ""}, 10),
    ({"u": "ada"}, 10),
    ({"u": "ada", "t": "0" * 32}, 10),
    ({"u": "ada", "p": ""}, 40),
    ({"u": "ada", "p": "enc:zz"}, 40),
    ({"u": "ada", "p": "enc:ff"}, 40),
    ({"u": "%", "p": "x"}, 40),
    ({"u": "ada", "t": "é", "s": "é"}, 40),
    ({"u": "ada", "p": "x", "t": "0" * 32, "s": "y"}, 43),
    ({"u": "ada", "apiKey": "x"}, 43),
    ({"apiKey": ""}, 44),
    ({"u": "ada", "p": "x", "v": "2.0.0"}, 30),
    ({"u": "ada", "p": "x", "v": "0.9"}, 20),
]


def test_each_way_to_be_refused_has_its_number(app: FlaskClient, secret: str) -> None:
    told = []
    for number, (query, _) in enumerate(REFUSED):
        app.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"  # so that nothing is throttled
        told.append(_asked(app, "ping", **query))

    assert [(each["status"], each["error"]["code"]) for each in told] == [
        ("failed", code) for _, code in REFUSED
    ]
    assert all(each["error"]["message"].endswith(".") for each in told)
    assert secret not in str(told)


ASKED_WRONGLY: list[tuple[str, dict[str, str], int]] = [
    ("getSong", {}, 10),
    ("getSong", {"id": "al-AAAA"}, 70),
    ("getSong", {"id": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")}, 70),
    ("getAlbum", {"id": "al-***"}, 70),
    ("getAlbum", {"id": album_id("no\nsuch")}, 70),
    ("getArtist", {"id": artist_id("")}, 70),
    ("getMusicDirectory", {"id": "7"}, 70),
    ("getIndexes", {"musicFolderId": "7"}, 70),
    ("getIndexes", {"musicFolderId": "x"}, 0),
    ("getAlbumList2", {"type": "best"}, 0),
    ("getAlbumList2", {"type": "byGenre"}, 10),
    ("getAlbumList2", {"type": "newest", "size": "-1"}, 0),
    ("setRating", {"id": "x", "rating": "6"}, 0),
    ("setRating", {"id": "x"}, 10),
    ("star", {}, 10),
    ("star", {"id": "7"}, 70),
    ("scrobble", {"id": "x", "time": "soon"}, 0),
    ("scrobble", {"id": "x", "time": "0"}, 0),
    ("scrobble", {"id": "x", "time": "999999999999999"}, 0),
    ("scrobble", {"id": "x", "submission": "perhaps"}, 0),
    ("createBookmark", {"id": "x"}, 10),
    ("createBookmark", {"id": "x", "position": "-1"}, 0),
    ("createBookmark", {"id": "x", "position": "1"}, 70),
    ("search", {"count": "3"}, 10),
    ("search", {"any": "x", "newerThan": "soon"}, 0),
    ("createPlaylist", {}, 10),
    ("updatePlaylist", {"playlistId": "daily-mix", "name": "x"}, 50),
    ("savePlayQueue", {"id": "x", "current": "y"}, 0),
    ("getUser", {"username": "ben"}, 50),
    ("startScan", {}, 50),
]


def test_what_is_asked_wrongly_is_told_so_with_status_200(app: FlaskClient, secret: str) -> None:
    told = [
        _asked(app, method, apiKey=secret, **query)["error"]["code"] for method, query, _ in ASKED_WRONGLY
    ]

    assert told == [code for _, _, code in ASKED_WRONGLY]


def test_methods_that_are_not_there_say_so_in_the_same_envelope(app: FlaskClient) -> None:
    for method, status in (
        ("createPodcastChannel.view", 501),
        ("jukeboxControl", 501),
        ("eval", 404),
        ("", 404),
    ):
        answer = app.post(f"/rest/{method}", data={"f": "json"})
        assert answer.status_code == status, method
        if method:
            assert answer.get_json()["subsonic-response"]["status"] == "failed"


def test_who_asks_too_often_with_wrong_passwords_is_told_when_to_come_back(app: FlaskClient) -> None:
    answers = [app.get("/rest/ping", query_string={"u": "ada", "p": "x", "f": "json"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].get_json()["subsonic-response"]["status"] == "failed"


def test_nothing_that_is_asked_breaks_a_method(web_app: APIFlask, app: FlaskClient, secret: str) -> None:
    methods = sorted(
        rule.rule
        for rule in web_app.url_map.iter_rules()
        if rule.rule.startswith("/rest/") and "<" not in rule.rule
    )
    values = st.one_of(
        st.sampled_from(
            ["0", "1", "2", "-1", "99999999999999", "daily-mix", "new-for-you", "taste-x", "true", "song"]
        ),
        st.sampled_from(
            ["starting", "stopped", "byYear", "byGenre", "recent", "highest", "mp3", "raw", "al-", "ar-"]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        st.builds(album_id, st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
    )

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(methods), st.dictionaries(st.sampled_from(PARAMETERS), values, max_size=6))
    def ask(method: str, query: dict[str, str]) -> None:
        response = app.post(method, data=query | {"apiKey": secret, "f": "json"})
        assert response.status_code == 200, response.text
        response.close()

    ask()


@given(st.text())
def test_whatever_is_sent_as_an_id_is_an_id_or_told_to_be_none(text: str) -> None:
    try:
        item = read_id(text)
    except Fault:
        return
    assert item.kind in ("song", "album", "artist", "playlist", "shelf")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_ids_of_albums_and_artists_hold_what_they_are_found_by(key: str) -> None:
    assert read_id(album_id(key)) == ("album", key)
    assert read_id(artist_id(key)) == ("artist", key)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_written_as_xml(text: str) -> None:
    root = ET.fromstring(to_xml({"song": [{"title": text}], "lyrics": {"value": text}}))  # noqa: S314  # our own
    assert root.find(f"{NAMESPACE}song") is not None
