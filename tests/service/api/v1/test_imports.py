import io
import json
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.jobs import import_history
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.tables import HistoryImport, Job, Listen
from tests.service.clients import browser_of, client_of, parts_of
from tests.service.conftest import web_app_of
from tests.service.listening.history_files.exported import spotify_row

API = "/api/v1/imports"
HISTORY = json.dumps([spotify_row(), spotify_row(ts="2024-01-01T10:00:00Z"), spotify_row(ts="soon")]).encode()


def hand_in(
    client: FlaskClient, content: bytes = HISTORY, name: str = "history.json", **headers: str
) -> TestResponse:
    return client.post(API, data={"file": (io.BytesIO(content), name)}, headers=headers)


def hand_in_bytes(client: FlaskClient, content: bytes, end: bytes = b"\r\n--b--\r\n") -> TestResponse:
    """As `hand_in`, of a form that is written out here and may break off."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="h.json"\r\n\r\n'
    return client.post(API, data=head + content + end, content_type="multipart/form-data; boundary=b")


def work(app: APIFlask) -> None:
    """The worker's part: all that is queued of this kind, here and now."""
    parts = parts_of(app)
    with parts.database.session() as db_session:
        jobs = list(
            db_session.scalars(select(Job).where(Job.kind == "import_history", Job.state == "queued"))
        )
        for job in jobs:
            job.state = "done"
    for job in jobs:
        run_inline(parts.database, parts.settings, import_history, job.payload, lambda *_: None, job.user_id)


def count(app: APIFlask, table: Any) -> int:
    with parts_of(app).database.session(read_only=True) as db_session:
        return db_session.scalar(select(func.count()).select_from(table)) or 0


def uploads(app: APIFlask) -> list[Path]:
    return list(parts_of(app).settings.uploads_dir.iterdir())


def test_a_history_is_handed_in_looked_at_read_in_and_undone(web_app: APIFlask) -> None:
    ada = client_of(web_app)
    handed = hand_in(ada)
    assert handed.status_code == 202
    shown = handed.get_json()
    assert (shown["state"], shown["source"], shown["preview"]) == ("reading", "spotify_extended", None)
    assert handed.headers["Location"].endswith(f"/jobs/{shown['job_id']}")
    place = f"{API}/{shown['id']}"
    assert ada.post(f"{place}/commit", json={}).get_json()["code"] == "import_not_ready"
    work(web_app)

    looked_at = ada.get(place).get_json()
    assert looked_at["state"] == "ready"
    assert (looked_at["preview"]["listens"], looked_at["preview"]["failed"]) == (2, 1)
    assert looked_at["preview"]["failures"] == ["history.json line 3: ts is not a time"]
    assert count(web_app, Listen) == 0

    assert ada.post(f"{place}/commit", json={}).status_code == 202
    work(web_app)
    report = ada.get(f"{place}/report").get_json()
    assert (report["rows"], report["imported"], report["failed"]) == (3, 2, 1)
    assert ada.get(place).get_json()["state"] == "done"
    assert [each["id"] for each in ada.get(API).get_json()["items"]] == [shown["id"]]
    assert uploads(web_app) == []
    missing = ada.get(f"{API}/unmatched").get_json()["items"]
    assert [(each["title"], each["plays"]) for each in missing] == [("Song One", 2)]

    assert ada.delete(place).status_code == 204
    assert count(web_app, Listen) == count(web_app, HistoryImport) == 0
    assert ada.get(place).get_json()["code"] == "unknown_import"


def test_the_wrong_file_is_refused_at_once_and_not_kept(web_app: APIFlask) -> None:
    refused = hand_in(client_of(web_app), b"Dear Ada", "letter.txt")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "unknown_history_format")
    assert refused.get_json()["detail"].startswith("letter.txt is no listening history")
    assert uploads(web_app) == []
    assert count(web_app, HistoryImport) == 0


def test_a_file_sent_twice_with_one_key_is_one_import(web_app: APIFlask) -> None:
    ada = client_of(web_app)
    first, second = (hand_in(ada, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert second.get_json() == first.get_json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert [path.name for path in uploads(web_app)] == [first.get_json()["id"]]
    other = hand_in(ada, HISTORY.replace(b"One", b"Two"), **{"Idempotency-Key": "one"})
    assert other.get_json()["code"] == "idempotency_key_reused"
    assert len(uploads(web_app)) == 1


def test_a_browser_hands_in_with_its_page_and_not_without(web_app: APIFlask) -> None:
    browser = browser_of(web_app)
    assert hand_in(browser).status_code == 202
    del browser.environ_base["HTTP_X_CSRF_TOKEN"]
    assert hand_in(browser).get_json()["code"] == "bad_csrf_token"
    assert len(uploads(web_app)) == 1


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"json": {"file": "x"}}, "unsupported_media_type"),
        ({"data": {"other": (io.BytesIO(HISTORY), "x")}}, "invalid_body"),
        ({"data": {"file": "no file"}, "content_type": "multipart/form-data"}, "invalid_body"),
        ({"data": {"file": (io.BytesIO(HISTORY), "x"), "more": "y"}}, "unknown_field"),
        (
            {"data": {"file": [(io.BytesIO(HISTORY), "x"), (io.BytesIO(HISTORY), "y")]}},
            "repeated_parameter",
        ),
        ({"data": b"--b\r\nhalf", "content_type": "multipart/form-data; boundary=b"}, "invalid_body"),
        ({"data": b"", "content_type": "multipart/form-data"}, "invalid_body"),
    ],
)
def test_a_form_that_is_not_what_it_should_be_is_refused(
    sent: dict[str, Any], code: str, web_app: APIFlask
) -> None:
    refused = client_of(web_app).post(API, **sent)
    assert refused.get_json()["code"] == code
    assert uploads(web_app) == []


def test_a_file_larger_than_is_taken_is_refused_before_it_is_read(web_settings: Settings) -> None:
    with web_app_of(web_settings.model_copy(update={"import_megabytes": 1})) as app:
        ada = client_of(app)
        refused = hand_in_bytes(ada, HISTORY + b" " * 1_100_000)
        assert (refused.status_code, refused.get_json()["code"]) == (413, "too_large")
        assert hand_in_bytes(ada, HISTORY + b" " * 900_000).status_code == 202
        # Where no file is taken, a megabyte is the most.
        large = {"listened_at": "2026-11-22T20:15:00Z", "title": "x" * 1_000_001}
        assert ada.post("/api/v1/listens", json=large).status_code == 413
        assert len(uploads(app)) == 1


def test_the_formats_are_told_with_the_largest_file(web_app: APIFlask) -> None:
    told = client_of(web_app).get(f"{API}/formats").get_json()
    assert told["most_bytes"] == 500_000_000
    assert {"Spotify", "Last.fm", "Apple Music", "Deezer"} <= {each["service"] for each in told["items"]}


def test_half_of_an_upload_leaves_nothing_behind(web_app: APIFlask) -> None:
    ada = client_of(web_app)
    for size in (len(HISTORY) // 2, 700_000):
        refused = hand_in_bytes(ada, (HISTORY * 1_000)[:size], end=b"")
        assert refused.status_code == 400
    assert uploads(web_app) == []
    assert list(parts_of(web_app).settings.scratch_dir.iterdir()) == []
