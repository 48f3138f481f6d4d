import os
import re
import unicodedata
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.store.tables import Track
from tests.service.clients import client_of
from tests.service.http.playable import add_folder, melody_file, playable_track

SIZE = 1_000


@pytest.fixture
def music(web_app: APIFlask, tmp_path: Path) -> Path:
    return add_folder(web_app, tmp_path / "music")


@pytest.fixture
def client(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app)


@pytest.fixture
def content() -> bytes:
    return bytes(number % 251 for number in range(SIZE))


@pytest.fixture
def track(web_app: APIFlask, music: Path, content: bytes) -> Track:
    (music / "some.flac").write_bytes(content)
    return playable_track(web_app, music / "some.flac")


def _get(client: FlaskClient, track: Track, headers: dict[str, str] | None = None) -> TestResponse:
    return client.get(f"/api/v1/tracks/{track.id}/stream", headers=headers, buffered=True)


def test_a_file_is_sent_whole_with_all_that_players_ask_for(
    client: FlaskClient, track: Track, content: bytes
) -> None:
    answer = _get(client, track)

    assert answer.status_code == 200
    assert answer.data == content
    assert answer.mimetype == "audio/flac"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private"
    assert re.fullmatch(r'"[!-~]+"', answer.headers["ETag"])


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 999),
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=990-", 990, 999),
        ("bytes=990-5000", 990, 999),
        ("bytes=-10", 990, 999),
        ("bytes=-5000", 0, 999),
        ("BYTES=1-2", 1, 2),
    ],
)
def test_a_range_is_sent_alone(
    client: FlaskClient, track: Track, content: bytes, asked: str, first: int, last: int
) -> None:
    answer = _get(client, track, {"Range": asked})

    assert answer.status_code == 206
    assert answer.data == content[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize(
    "asked", ["bytes=9-3", "bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=x-y", "bytes="]
)
def test_an_impossible_range_is_refused_with_the_size(client: FlaskClient, track: Track, asked: str) -> None:
    answer = _get(client, track, {"Range": asked})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "seconds=1-2", "bytes"])
def test_several_ranges_and_other_units_are_answered_as_if_not_asked_for(
    client: FlaskClient, track: Track, content: bytes, asked: str
) -> None:
    answer = _get(client, track, {"Range": asked})

    assert (answer.status_code, answer.data) == (200, content)


def test_a_player_that_has_the_file_is_not_sent_it_again(client: FlaskClient, track: Track) -> None:
    etag = _get(client, track).headers["ETag"]

    assert _get(client, track, {"If-None-Match": etag}).status_code == 304
    assert _get(client, track, {"If-None-Match": etag, "Range": "bytes=0-1"}).status_code == 304
    assert _get(client, track, {"If-None-Match": '"other"', "Range": "bytes=0-1"}).status_code == 206


def test_a_range_of_another_version_of_the_file_is_not_sent(
    client: FlaskClient, track: Track, music: Path
) -> None:
    etag = _get(client, track).headers["ETag"]
    same = _get(client, track, {"If-Range": etag, "Range": "bytes=0-1"})
    (music / "some.flac").write_bytes(b"retagged")
    changed = _get(client, track, {"If-Range": etag, "Range": "bytes=0-1"})

    assert same.status_code == 206
    assert (changed.status_code, changed.data) == (200, b"retagged")


def test_asking_for_headers_only_gives_those_of_the_whole_file(client: FlaskClient, track: Track) -> None:
    answer = client.head(f"/api/v1/tracks/{track.id}/stream", headers={"Range": "bytes=0-1"})

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("file_name", "codec", "mimetype"),
    [
        ("a.mp3", "mp3", "audio/mpeg"),
        ("a.ogg", "vorbis", "audio/ogg"),
        ("a.ogg", "flac", "audio/ogg"),
        ("a.opus", "opus", "audio/ogg"),
        ("a.m4a", "aac", "audio/mp4"),
        ("a.m4a", "alac", "audio/mp4"),
        ("a.wav", "pcm_s24le", "audio/wav"),
        ("a.wma", "wmav2", "audio/x-ms-wma"),
    ],
)
def test_a_file_is_called_what_it_is(
    web_app: APIFlask, client: FlaskClient, music: Path, file_name: str, codec: str, mimetype: str
) -> None:
    (music / file_name).write_bytes(b"sound")
    track = playable_track(web_app, music / file_name, codec=codec)

    assert _get(client, track).mimetype == mimetype


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        'quote " and \\ backslash',
        "line\r\nSet-Cookie: a=b",
        "right\u202eto left\u2066",
        "../../etc/passwd",
        "\x00\x1f\x7f",
        "日本語 - ünïcödé",
        "a" * 100_000,
        "\ud800",
    ],
)
def test_no_title_breaks_out_of_the_name_that_is_suggested(
    web_app: APIFlask, client: FlaskClient, music: Path, title: str
) -> None:
    (music / "a.flac").write_bytes(b"sound")
    stored = title.encode("utf-8", "replace").decode().replace("\x00", " ")
    track = playable_track(web_app, music / "a.flac", title=stored, artist=None)

    headers = _get(client, track).headers

    shown = headers["Content-Disposition"]
    assert "Set-Cookie" not in headers
    assert len(shown) < 2_000
    assert re.fullmatch(r"inline; filename=\"[A-Za-z0-9 _.-]+\"; filename\*=UTF-8''[A-Za-z0-9%_.~-]+", shown)
    assert not any(unicodedata.category(each) in ("Cc", "Cf") for each in shown)


def test_a_file_that_is_gone_is_not_found(client: FlaskClient, track: Track, music: Path) -> None:
    (music / "some.flac").unlink()

    answer = _get(client, track)

    assert answer.status_code == 404
    assert answer.get_json()["code"] == "file_missing"
    assert answer.get_json()["detail"].endswith(".")


def test_nothing_outside_the_library_is_sent_whatever_row_link_or_device_leads_there(
    web_app: APIFlask, client: FlaskClient, music: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.flac"
    secret.write_bytes(b"secret")
    (tmp_path / "music-and-more").mkdir()
    beside = tmp_path / "music-and-more" / "a.flac"
    beside.write_bytes(b"secret")
    link, folder_link, pipe = music / "link.flac", music / "folder", music / "pipe.flac"
    link.symlink_to(secret)
    folder_link.symlink_to(tmp_path)
    os.mkfifo(pipe)
    wrong = [
        secret,
        beside,
        link,
        folder_link / "secret.flac",
        music / ".." / "secret.flac",
        pipe,
        music,
        Path("/dev/zero"),
        Path("/proc/self/environ"),
        Path("relative.flac"),
    ]

    for number, path in enumerate(wrong):
        answer = _get(client, playable_track(web_app, path, title=str(number), codec="flac"))
        assert (answer.status_code, answer.get_json()["code"]) == (404, "file_missing"), path


def test_a_link_inside_the_library_is_followed(web_app: APIFlask, client: FlaskClient, music: Path) -> None:
    melody_file(music / "a.flac")
    (music / "b.flac").symlink_to(music / "a.flac")
    track = playable_track(web_app, music / "b.flac")

    assert _get(client, track).data == (music / "a.flac").read_bytes()
