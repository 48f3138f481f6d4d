"""Bad input, the same everywhere: refused with a stable code, and nothing is changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.service.clients import client_of

API = "/api/v1"
NOBODYS = "01M82B9AK32ASHGJDN904PFTNF"
NOON = "2026-11-22T12:00:00Z"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture
def ada(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app, owner=True)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/me?a=1", "unknown_parameter"),
        ("/tracks?offset=3", "unknown_parameter"),
        ("/tracks?limit=1&limit=2", "repeated_parameter"),
        ("/tracks?limit=0", "invalid_query"),
        ("/tracks?limit=201", "invalid_query"),
        ("/tracks?limit=many", "invalid_query"),
        ("/tracks?limit=", "invalid_query"),
        ("/tracks?origin=stolen", "invalid_query"),
        ("/tracks?query=%00", "invalid_query"),
        ("/search", "invalid_query"),
        ("/search?q=", "invalid_query"),
        ("/jobs?state=lost", "invalid_query"),
        (f"/tracks/{NOBODYS}/stream?format=wav", "invalid_query"),
        (f"/tracks/{NOBODYS}/stream?max_bitrate=65", "invalid_query"),
        (f"/tracks/{NOBODYS}/cover?size=9999", "invalid_query"),
        ("/recommendations?limit=1000", "invalid_query"),
    ],
)
def test_a_query_that_is_not_expected_is_refused(ada: FlaskClient, path: str, code: str) -> None:
    answer = ada.get(f"{API}{path}")

    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/listens", {"listened_at": NOON, "title": "Song", "user_id": NOBODYS}, "unknown_field"),
        ("/listens", {"listened_at": "2026-11-22T12:00:00", "title": "Song"}, "invalid_body"),
        ("/listens", {"listened_at": "2026-02-30T12:00:00Z", "title": "Song"}, "invalid_body"),
        ("/listens", {"listened_at": 1_700_000_000, "title": "Song"}, "invalid_body"),
        ("/listens", {"listened_at": "0001-01-01T00:00:00+14:00", "title": "Song"}, "invalid_body"),
        ("/listens", {"listened_at": "1970-01-01T00:00:00Z", "title": "Song"}, "not_a_listens_time"),
        ("/listens", {"listened_at": TOMORROW, "title": "Song"}, "not_a_listens_time"),
        ("/listens", {"listened_at": NOON, "title": "So\x00ng"}, "invalid_body"),
        ("/listens", {"listened_at": NOON, "title": " "}, "invalid_body"),
        ("/listens", {"listened_at": NOON, "title": 7}, "invalid_body"),
        ("/listens", {"listened_at": NOON}, "invalid_body"),
        ("/listens", [], "invalid_body"),
        ("/compositions", {"seconds": "60"}, "invalid_body"),
        ("/compositions", {"seconds": 5}, "invalid_body"),
        ("/compositions", {"seed": -1}, "invalid_body"),
        ("/compositions", {"cluster_id": "mine"}, "invalid_body"),
        ("/stations", {"track_id": NOBODYS, "calmer": 2}, "invalid_body"),
        ("/me/tokens", {"label": "x", "scopes": ["everything"]}, "invalid_body"),
        ("/me/tokens", {"label": "x", "scopes": []}, "invalid_body"),
        ("/me/app-passwords", {"label": "x", "scopes": ["compose"]}, "invalid_body"),
        ("/me/app-passwords", {"label": "two\nlines"}, "invalid_body"),
        ("/playback-events", {"events": []}, "invalid_body"),
        ("/libraries", {"folder": "relative"}, "invalid_body"),
        ("/profile/taste/rebuild", {"now": True}, "unexpected_body"),
    ],
)
def test_a_body_that_is_not_expected_is_refused(ada: FlaskClient, path: str, body: Any, code: str) -> None:
    answer = ada.post(f"{API}{path}", json=body)

    assert (answer.status_code, answer.json["code"]) == (400, code)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b'{"listened_at": "2026-11-22T12:00:00Z", "title": "\\ud800"}',
        b'{"listened_at": "2026-11-22T12:00:00Z", "title": "a", "played_seconds": NaN}',
        b'{"listened_at": "2026-11-22T12:00:00Z", "title": "a", "played_seconds": 1e999}',
        b"[" * 50_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_json_is_refused(ada: FlaskClient, sent: bytes) -> None:
    answer = ada.post(f"{API}/listens", data=sent, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_body")
    assert ada.get(f"{API}/listens").json["items"] == []


def test_a_body_that_is_not_called_json_is_not_read(ada: FlaskClient) -> None:
    answer = ada.post(f"{API}/listens", data={"title": "Song"})

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("shape", ["1", "../me", NOBODYS.lower(), f"{NOBODYS}0", "%00"])
def test_an_id_of_another_shape_is_as_unknown_as_any(ada: FlaskClient, shape: str) -> None:
    assert ada.get(f"{API}/tracks/{shape}/provenance").status_code == 404
    assert ada.get(f"{API}/tracks/{NOBODYS}").json["code"] == "unknown_track"


def test_times_are_read_in_their_zone_and_told_in_utc(ada: FlaskClient) -> None:
    told = {"listened_at": "2026-11-22T14:30:00.123456789+02:30", "title": "Song"}

    listen = ada.post(f"{API}/listens", json=told).json["listen"]

    assert listen["listened_at"] == "2026-11-22T12:00:00.123456Z"
