import io
import os
import threading
import time
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest
import soundfile
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.errors import NotFound
from service.http.media_responses import send_anonymous
from service.settings import Settings
from service.store.tables import Track
from tests.service.clients import client_of, parts_of
from tests.service.conftest import web_app_of
from tests.service.http.playable import add_folder, melody_file, playable_track


@pytest.fixture
def music(web_app: APIFlask, tmp_path: Path) -> Path:
    return add_folder(web_app, tmp_path / "music")


@pytest.fixture
def client(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app)


@pytest.fixture
def track(web_app: APIFlask, music: Path) -> Track:
    return playable_track(web_app, _tagged(melody_file(music / "a.flac")), bit_rate=800_000)


def _tagged(path: Path) -> Path:
    file = mutagen.File(path)
    file["title"], file["comment"] = "secret title", "secret comment"
    file.save()
    return path


def _get(client: FlaskClient, track: Track, query: str, **headers: str) -> TestResponse:
    return client.get(f"/api/v1/tracks/{track.id}/stream?{query}", headers=headers, buffered=True)


def _transcodes(settings: Settings) -> list[Path]:
    folder = settings.cache_dir / "transcodes"
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _seconds(content: bytes) -> float:
    with av.open(io.BytesIO(content)) as container:
        return sum(float(frame.samples / frame.sample_rate) for frame in container.decode(audio=0))


def _wait_for(path_count: int, settings: Settings) -> list[Path]:
    for _ in range(1_000):
        if len(found := _transcodes(settings)) == path_count:
            return found
        time.sleep(0.05)
    raise AssertionError("nothing was encoded in time")


@pytest.mark.parametrize(("wished", "mimetype"), [("opus", "audio/ogg"), ("mp3", "audio/mpeg")])
def test_a_track_is_heard_in_another_format_while_it_is_encoded_and_from_the_cache_afterwards(
    client: FlaskClient, track: Track, sqlite_settings: Settings, wished: str, mimetype: str
) -> None:
    growing = _get(client, track, f"format={wished}", Range="bytes=0-")
    whole = _get(client, track, f"format={wished}")
    part = _get(client, track, f"format={wished}", Range="bytes=100-199")
    again = _get(client, track, f"format={wished}", **{"If-None-Match": whole.headers["ETag"]})

    assert (growing.status_code, growing.mimetype) == (200, mimetype)
    assert growing.headers["Accept-Ranges"] == "none"
    assert "Content-Length" not in growing.headers
    assert _seconds(growing.data) == pytest.approx(6.0, abs=0.1)
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert whole.data == growing.data
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert again.status_code == 304
    assert b"secret" not in whole.data
    assert len(_transcodes(sqlite_settings)) == 1


def test_a_range_of_what_is_still_encoded_waits_until_it_is_whole(client: FlaskClient, track: Track) -> None:
    part = _get(client, track, "format=opus", Range="bytes=0-1")

    assert (part.status_code, part.data) == (206, b"Og")
    assert int(part.headers["Content-Range"].split("/")[1]) > 10_000


def test_what_fits_already_is_sent_as_it_is(
    web_app: APIFlask, client: FlaskClient, music: Path, sqlite_settings: Settings
) -> None:
    path = melody_file(music / "a.mp3")
    track = playable_track(web_app, path, bit_rate=128_000)

    for query in ("", "format=mp3", "max_bitrate=128", "max_bitrate=320", "format=mp3&max_bitrate=160"):
        assert _get(client, track, query).data == path.read_bytes()
    assert _transcodes(sqlite_settings) == []


def test_nothing_is_encoded_to_more_bits_than_it_has(
    web_app: APIFlask, client: FlaskClient, music: Path, sqlite_settings: Settings
) -> None:
    track = playable_track(web_app, melody_file(music / "a.mp3"), bit_rate=70_000)

    most = _get(client, track, "format=opus&max_bitrate=320")
    least = _get(client, track, "format=opus&max_bitrate=64")

    assert most.data == least.data
    assert len(_transcodes(sqlite_settings)) == 1


@pytest.mark.parametrize(
    "query", ["format=exe", "max_bitrate=1", "max_bitrate=-1", "max_bitrate=1e9", "format=../x"]
)
def test_other_formats_and_rates_are_refused(client: FlaskClient, track: Track, query: str) -> None:
    assert _get(client, track, query).status_code == 400


def test_asking_for_headers_encodes_nothing(
    client: FlaskClient, track: Track, sqlite_settings: Settings
) -> None:
    answer = client.head(f"/api/v1/tracks/{track.id}/stream?format=opus")

    assert (answer.status_code, answer.mimetype) == (200, "audio/ogg")
    assert not (sqlite_settings.cache_dir / "transcodes").exists()


def test_a_listener_who_goes_away_does_not_stop_the_encoding(
    client: FlaskClient, track: Track, sqlite_settings: Settings
) -> None:
    answer = client.get(f"/api/v1/tracks/{track.id}/stream?format=opus")
    next(iter(answer.response))
    answer.close()

    (path,) = _wait_for(1, sqlite_settings)
    assert _seconds(path.read_bytes()) == pytest.approx(6.0, abs=0.1)


def test_listeners_who_ask_together_share_one_encoding(
    web_app: APIFlask, music: Path, sqlite_settings: Settings
) -> None:
    track = playable_track(web_app, melody_file(music / "long.flac", seconds=30.0), bit_rate=800_000)
    answers: list[TestResponse] = []
    clients = [client_of(web_app, name) for name in ("ada", "ben", "cy")]
    threads = [
        threading.Thread(target=lambda own=own: answers.append(_get(own, track, "format=opus")))
        for own in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer.data for answer in answers}) == 1
    (path,) = _transcodes(sqlite_settings)
    assert path.read_bytes() == answers[0].data


def test_more_encodings_than_places_are_put_off(tmp_path: Path, sqlite_settings: Settings) -> None:
    with web_app_of(sqlite_settings.model_copy(update={"threads": 1})) as app:
        folder = add_folder(app, tmp_path / "music")
        melody_file(folder / "0.flac", seconds=40.0)
        tracks = [
            playable_track(app, folder / f"{number}.flac", bit_rate=800_000, duration_seconds=40.0)
            for number in range(3)
        ]
        for number in (1, 2):
            (folder / f"{number}.flac").hardlink_to(folder / "0.flac")
        client = client_of(app)
        growing = [client.get(f"/api/v1/tracks/{track.id}/stream?format=mp3") for track in tracks[:2]]
        refused = _get(client, tracks[2], "format=mp3")
        for answer in growing:
            answer.close()

        assert refused.status_code == 429
        assert refused.get_json()["code"] == "encoders_busy"
        assert int(refused.headers["Retry-After"]) > 0
        _wait_for(2, sqlite_settings)


@pytest.mark.parametrize("content", [b"", b"no music at all", b"fLaC" + bytes(1_000)])
def test_what_cannot_be_decoded_is_told_in_a_sentence_and_leaves_nothing(
    web_app: APIFlask, client: FlaskClient, music: Path, sqlite_settings: Settings, content: bytes
) -> None:
    (music / "a.flac").write_bytes(content)
    track = playable_track(web_app, music / "a.flac", bit_rate=800_000)

    answer = _get(client, track, "format=opus")

    assert answer.status_code == 400
    assert answer.get_json()["code"] == "unreadable_audio"
    assert [*(sqlite_settings.cache_dir / "transcodes").glob("*opus*")] == []


def test_reviewers_hear_the_same_sound_without_a_word_of_whose_it_is(
    web_app: APIFlask, sqlite_settings: Settings
) -> None:
    path = sqlite_settings.media_dir / "composed" / "0" / "sound.flac"
    path.parent.mkdir(parents=True)
    _tagged(melody_file(path))
    with web_app.test_request_context(headers={"Range": "bytes=0-"}):
        answer = send_anonymous(sqlite_settings, Path("composed/0/sound.flac"))
        content = b"".join(answer.response)  # type: ignore[arg-type]  # a file is bytes
        answer.close()
        again = send_anonymous(sqlite_settings, path)
        again.close()
        with pytest.raises(NotFound):
            send_anonymous(sqlite_settings, Path("../homespun.sqlite3"))

    assert answer.status_code == 206
    assert answer.headers["ETag"] == again.headers["ETag"]
    assert b"secret" in path.read_bytes()
    assert b"secret" not in content
    assert "secret" not in str(answer.headers)
    np.testing.assert_array_equal(soundfile.read(io.BytesIO(content))[0], soundfile.read(path)[0])


def test_a_file_that_is_missing_is_not_encoded(client: FlaskClient, track: Track) -> None:
    Path(os.fsdecode(track.path)).unlink()

    assert _get(client, track, "format=opus").get_json()["code"] == "file_missing"


def test_a_file_that_was_left_half_encoded_is_encoded_again(
    client: FlaskClient, track: Track, sqlite_settings: Settings
) -> None:
    expected = _get(client, track, "format=opus").data
    (path,) = _transcodes(sqlite_settings)
    path.rename(path.with_name(f".{path.name}.partial")).write_bytes(b"half")

    assert _get(client, track, "format=opus").data == expected


def test_a_changed_file_is_encoded_anew(client: FlaskClient, track: Track, sqlite_settings: Settings) -> None:
    before = _get(client, track, "format=opus").data
    melody_file(Path(os.fsdecode(track.path)), seconds=7.0)

    assert _get(client, track, "format=opus").data != before
    assert len(_transcodes(sqlite_settings)) == 2


def test_the_cache_keeps_to_its_size_and_lets_go_of_what_was_not_used(
    web_app: APIFlask, client: FlaskClient, music: Path
) -> None:
    settings = parts_of(web_app).settings
    tracks = [playable_track(web_app, melody_file(music / f"{n}.flac"), bit_rate=800_000) for n in range(3)]
    for track in tracks[:2]:
        _get(client, track, "format=mp3")
    folder = settings.cache_dir / "transcodes"
    old, used = sorted(_transcodes(settings), key=lambda path: path.stat().st_mtime)
    filler = folder / ("0" * 32 + ".mp3")
    with filler.open("wb") as file:
        file.truncate(settings.transcodes_megabytes * 1_000_000 - used.stat().st_size * 5 // 2)
    os.utime(old, (1, 1))
    os.utime(used, (2, 2))
    _get(client, tracks[2], "format=mp3")

    assert not old.exists()
    assert used.exists()
    assert filler.exists()
