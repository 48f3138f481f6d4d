import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.egress.log import EgressLog, Errand
from service.egress.opening import Limits
from service.elsewhere.client import OtherServer
from service.elsewhere.reading import read_songs
from service.elsewhere.songs import RemoteSong, UnreadableSong
from service.errors import HomespunError, InvalidRequest, NotFound, Unreachable
from service.settings import Settings
from service.store.database import Database, open_database
from tests.service.egress.odd_servers import Odd, odd_server

PASSWORD = "sesame"
SONG = {"id": "1", "title": "Song"}


@pytest.fixture
def store(web_settings: Settings) -> Iterator[Database]:
    database = open_database(web_settings)
    yield database
    database.close()


# On a busy machine even loopback takes its time.
PATIENT, HASTY = (Limits(seconds=seconds, answer_bytes=20_000) for seconds in (120.0, 0.4))


def server(store: Database, url: str, limits: Limits = PATIENT) -> OtherServer:
    return OtherServer(EgressLog(store), Errand("a test"), url, "ada", PASSWORD, limits)


def enveloped(**answer: Any) -> bytes:
    return json.dumps({"subsonic-response": {"status": "ok", "version": "1.16.1"} | answer}).encode()


def failed(code: Any) -> bytes:
    return enveloped(status="failed", error={"code": code, "message": f"no, {PASSWORD}"})


def failed_as(version: str, code: int) -> bytes:
    return enveloped(status="failed", version=version, error={"code": code})


@pytest.mark.parametrize(
    ("odd", "kind", "code"),
    [
        (Odd(content=b""), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=b"<html>"), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=b"\xff\xfe"), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=b"[" * 5_000), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=b"[]"), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=b'{"subsonic-response": 5}'), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=b'{"subsonic-response": {}}'), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=failed("forty")), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=failed("40")), InvalidRequest, "elsewhere_refused"),
        (Odd(401, failed(40)), InvalidRequest, "elsewhere_refused"),
        (Odd(content=failed(10)), Unreachable, "elsewhere_failed"),
        (Odd(content=failed(30)), Unreachable, "elsewhere_failed"),
        (Odd(content=failed(True)), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=failed(0)), Unreachable, "elsewhere_failed"),
        (Odd(content=failed(40)), InvalidRequest, "elsewhere_refused"),
        (Odd(content=failed(41)), InvalidRequest, "elsewhere_sign_in_unsupported"),
        (Odd(content=failed(50)), InvalidRequest, "elsewhere_forbidden"),
        (Odd(content=failed(70)), NotFound, "elsewhere_not_found"),
        (Odd(500, enveloped()), Unreachable, "elsewhere_bad_answer"),
        (Odd(404, b"nothing here"), Unreachable, "elsewhere_bad_answer"),
        (Odd(content=enveloped(), wait_seconds=1.0), Unreachable, "too_slow"),
        (Odd(content=b" " * 30_000), Unreachable, "answer_too_large"),
        (Odd(302, headers={"Location": "http://localhost/"}), Unreachable, "redirected_elsewhere"),
    ],
)
def test_an_answer_that_is_none_is_told_in_one_sentence(
    store: Database, odd: Odd, kind: type[HomespunError], code: str
) -> None:
    limits = HASTY if code == "too_slow" else PATIENT
    with odd_server(lambda *_: odd) as there, pytest.raises(HomespunError) as error:
        server(store, there.url, limits).ask("ping")
    assert (type(error.value), error.value.code) == (kind, code)
    said = str(error.value)
    assert said.endswith(".")
    assert PASSWORD not in said


def test_a_password_is_never_sent(store: Database) -> None:
    with odd_server(lambda *_: Odd(content=enveloped(answer=1))) as there:
        assert server(store, there.url).ask("ping", [("id", "5")])["answer"] == 1
    ((path, body),) = there.received
    assert path == "/rest/ping"
    assert PASSWORD.encode() not in body
    assert b"id=5" in body


@pytest.mark.parametrize("sends_password", [False, True])
def test_a_server_that_knows_no_tokens_is_not_signed_in_to(store: Database, *, sends_password: bool) -> None:
    with odd_server(lambda *_: Odd(content=failed(10))) as there:
        old = OtherServer(
            EgressLog(store), Errand("a test"), there.url, "ada", PASSWORD, sends_password=sends_password
        )
        with pytest.raises(InvalidRequest) as refused:
            old.sign_in()
    assert refused.value.code == "elsewhere_sign_in_unsupported"
    ((_, body),) = there.received
    assert (f"p=enc%3A{PASSWORD.encode().hex()}".encode() in body) == sends_password
    assert PASSWORD.encode() not in body


def test_an_old_server_is_spoken_to_in_its_own_version(store: Database) -> None:
    def answer(_path: str, body: bytes) -> Odd:
        return Odd(content=enveloped(version="1.10.2") if b"v=1.10.2" in body else failed_as("1.10.2", 30))

    with odd_server(answer) as there:
        old = server(store, there.url)
        old.sign_in()
        old.ask("getPlaylists")
    assert [path for path, _ in there.received] == ["/rest/ping", "/rest/ping", "/rest/getPlaylists"]


def test_a_version_that_is_none_is_not_sent_back(store: Database) -> None:
    with odd_server(lambda *_: Odd(content=failed_as("1.1&u=bob", 30))) as there:
        with pytest.raises(Unreachable):
            server(store, there.url).ask("ping")
        assert len(there.received) == 1


def songs_told(store: Database, *told: Any) -> list[RemoteSong | UnreadableSong]:
    def answer(_path: str, body: bytes) -> Odd:
        page = list(told) if b"songOffset=0" in body else []
        return Odd(content=enveloped(searchResult3={"song": page}))

    with odd_server(answer) as there:
        return list(read_songs(server(store, there.url)))


@pytest.mark.parametrize(
    "told",
    [
        5,
        {"title": "No id"},
        {"id": True, "title": "No id either"},
        {"id": "x" * 300, "title": "Too long an id"},
        {"id": "1"},
        {"id": "1", "title": " "},
        SONG | {"playCount": "three"},
        SONG | {"playCount": -1},
        SONG | {"userRating": 6},
        SONG | {"userRating": True},
        SONG | {"played": "yesterday"},
        SONG | {"starred": 5},
    ],
)
def test_a_song_that_cannot_be_read_does_not_hide_the_others(store: Database, told: Any) -> None:
    unreadable, good = songs_told(store, told, SONG)
    assert isinstance(unreadable, UnreadableSong)
    assert isinstance(good, RemoteSong)
    assert unreadable.number == 1


def test_a_song_is_read_with_all_that_it_says(store: Database) -> None:
    (song,) = songs_told(
        store,
        SONG
        | {
            "artist": "Artist",
            "album": "Album",
            "duration": 61,
            "isrc": ["nonsense", "GB-AYE-68-00001"],
            "musicBrainzId": "c1f7a3a2-0000-4000-8000-00000000000a",
            "path": "Artist/Album/01 - Song.flac",
            "playCount": 7,
            "played": "2026-05-03T10:11:12.123456789Z",
            "starred": "2026-05-03T12:11:12+02:00",
            "userRating": 3,
            "bpm": 100,
        },
    )
    assert isinstance(song, RemoteSong)
    assert (song.artist, song.album, song.track_seconds, song.plays) == ("Artist", "Album", 61.0, 7)
    assert (song.isrc, song.recording_mbid) == ("GBAYE6800001", "c1f7a3a2-0000-4000-8000-00000000000a")
    assert song.played_at is not None
    assert song.played_at.isoformat() == "2026-05-03T10:11:12.123456+00:00"
    assert song.starred_at is not None
    assert song.starred_at.isoformat() == "2026-05-03T10:11:12+00:00"


@pytest.mark.parametrize(
    ("told", "thumb"),
    [
        ({}, None),
        ({"userRating": 5}, "up"),
        ({"userRating": 4}, "up"),
        ({"userRating": 3}, None),
        ({"userRating": 1}, "down"),
        ({"userRating": 1, "starred": "2026-05-03T10:11:12Z"}, "up"),
        ({"starred": "0001-01-01T00:00:00Z"}, None),
    ],
)
def test_stars_are_thumbs(store: Database, told: dict[str, Any], thumb: str | None) -> None:
    (song,) = songs_told(store, SONG | told)
    assert isinstance(song, RemoteSong)
    assert song.thumb == thumb


def test_a_play_without_a_count_is_one(store: Database) -> None:
    (song,) = songs_told(store, SONG | {"played": "2026-05-03T10:11:12Z"})
    assert isinstance(song, RemoteSong)
    assert song.plays == 1


def test_the_json_of_old_servers_is_read(store: Database) -> None:
    def answer(_path: str, body: bytes) -> Odd:
        found: Any = {"song": {"id": 5, "title": 1999, "artist": "Artist"}}
        return Odd(content=enveloped(searchResult3=found if b"songOffset=0" in body else ""))

    with odd_server(answer) as there:
        (song,) = read_songs(server(store, there.url))
    assert isinstance(song, RemoteSong)
    assert (song.id, song.title) == ("5", "1999")


@pytest.mark.parametrize("nothing", [enveloped(searchResult3={}), failed(10)])
def test_a_server_that_finds_nothing_by_an_empty_search_is_read_album_by_album(
    store: Database, nothing: bytes
) -> None:
    def answer(path: str, body: bytes) -> Odd:
        if path == "/rest/search3":
            return Odd(content=nothing)
        if path == "/rest/getAlbumList2":
            albums = [{"id": "a"}, {"id": "gone"}, {"id": "b"}] if b"offset=0" in body else []
            return Odd(content=enveloped(albumList2={"album": albums}))
        name = body.rpartition(b"id=")[2].decode()
        if name == "gone":
            return Odd(content=failed(70))
        return Odd(content=enveloped(album={"id": name, "song": [SONG | {"title": f"Song {name}"}]}))

    with odd_server(answer) as there:
        songs = list(read_songs(server(store, there.url)))
    assert [song.title for song in songs if isinstance(song, RemoteSong)] == ["Song a", "Song b"]


@pytest.mark.parametrize("found", [None, 5, {"song": "none"}, {"song": [SONG] * 501}])
def test_a_search_that_gives_no_songs_is_no_library(store: Database, found: Any) -> None:
    odd = Odd(content=enveloped(searchResult3=found))
    with odd_server(lambda *_: odd) as there, pytest.raises(Unreachable) as error:
        list(read_songs(server(store, there.url)))
    assert error.value.code == "elsewhere_bad_answer"


def test_a_server_that_knows_no_offsets_is_read_once(store: Database) -> None:
    with odd_server(lambda *_: Odd(content=enveloped(searchResult3={"song": [SONG]}))) as there:
        assert len(list(read_songs(server(store, there.url)))) == 1
