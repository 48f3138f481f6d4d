import json
import logging

import pytest
from apiflask import APIFlask
from flask import abort
from werkzeug.test import TestResponse

from service.http.authentication import public
from tests.service.clients import browser_of, client_of


def _problem(answer: TestResponse) -> dict[str, object]:
    assert answer.content_type == "application/problem+json"
    told = json.loads(answer.get_data())
    assert {"type", "title", "status", "detail", "code"} <= told.keys()
    assert told["status"] == answer.status_code
    return told


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("GET", "/api/v1/not-there", 404, "unknown_track"),
        ("DELETE", "/api/v1/anybody", 405, "method_not_allowed"),
        ("GET", "/api/v1/library", 401, "not_signed_in"),
        ("GET", "/api/v1/too-often", 429, "too_many_requests"),
    ],
)
def test_errors_are_told_as_problems_with_a_code(
    app: APIFlask, method: str, path: str, status: int, code: str
) -> None:
    told = _problem(app.test_client().open(path, method=method))

    assert (told["status"], told["code"]) == (status, code)


def test_a_browser_that_opens_an_api_address_is_told_the_same(app: APIFlask) -> None:
    _problem(app.test_client().get("/api/v1/not-there", headers={"Accept": "text/html"}))


@pytest.mark.parametrize("status", [400, 413, 415, 416, 418, 503])
def test_the_frameworks_own_errors_have_codes_too(app: APIFlask, status: int) -> None:
    app.add_url_rule("/api/v1/abort", "abort", public(lambda: abort(status)))

    assert _problem(app.test_client().get("/api/v1/abort"))["status"] == status


def test_405_says_what_is_allowed_and_429_when_to_come_back(app: APIFlask) -> None:
    client = app.test_client()

    assert "GET" in client.delete("/api/v1/anybody").headers["Allow"]
    assert client.get("/api/v1/too-often").headers["Retry-After"] == "7"


def test_a_bug_is_told_by_its_id_and_nothing_of_its_inside(
    app: APIFlask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/api/v1/bug")
    told = _problem(answer)

    assert (told["status"], told["code"]) == (500, "internal")
    assert "hunter2" not in answer.get_data(as_text=True)
    assert told["request_id"] == answer.headers["X-Request-Id"]
    assert str(told["request_id"]) in caplog.text


def test_a_client_cannot_choose_the_request_id(app: APIFlask) -> None:
    answer = app.test_client().get("/api/v1/anybody", headers={"X-Request-Id": "mine"})

    assert answer.headers["X-Request-Id"] != "mine"


def test_a_browser_is_shown_a_page(app: APIFlask) -> None:
    answer = app.test_client().get("/nowhere", headers={"Accept": "text/html,application/xhtml+xml"})

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "404 Not Found" in answer.text


def test_a_page_that_is_refused_is_a_page(app: APIFlask) -> None:
    assert browser_of(app).get("/desk").mimetype == "text/html"


def test_what_was_asked_for_is_not_repeated_as_html(app: APIFlask) -> None:
    answer = app.test_client().get("/<script>alert(1)</script>", headers={"Accept": "text/html"})

    assert "<script>" not in answer.text


def test_the_openapi_document_is_anybodys(app: APIFlask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json["openapi"].startswith("3.1")
    assert client_of(app).get("/docs").status_code == 404
