import re
from pathlib import Path

import pytest
from apiflask import APIFlask

from service.http.authentication import public
from service.settings import Settings, load_settings
from tests.service.clients import browser_of
from tests.service.http.small_app import small_app

EVERY_KIND = [
    "/api/v1/anybody",
    "/api/v1/library",
    "/api/v1/bug",
    "/api/v1/nowhere",
    "/player",
    "/nowhere",
    "/api/v1/openapi.json",
]


@pytest.mark.parametrize("path", EVERY_KIND)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_every_answer_carries_them_whatever_it_is(app: APIFlask, path: str, accept: str) -> None:
    headers = app.test_client().get(path, headers={"Accept": accept}).headers

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "microphone=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers


def test_a_nonce_for_styles_is_in_the_policy_of_that_answer_alone(web_app: APIFlask) -> None:
    browser = browser_of(web_app)
    nonces = []
    for _ in range(2):
        page = browser.get("/")
        (nonce,) = re.findall(r'<link rel="stylesheet"[^>]+nonce="([\w-]{20,})"', page.text)
        policy = page.headers["Content-Security-Policy"].split("; ")
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert "script-src 'self'" in policy
        nonces.append(nonce)
    assert nonces[0] != nonces[1]
    assert "nonce" not in browser.get("/api/v1/me").headers["Content-Security-Policy"]


def test_an_answer_may_say_itself_how_long_it_keeps(app: APIFlask) -> None:
    kept = {"Cache-Control": "private, max-age=60"}
    app.add_url_rule("/kept", "kept", public(lambda: ("cover", 200, kept)))

    assert app.test_client().get("/kept").headers.getlist("Cache-Control") == ["private, max-age=60"]


def test_https_is_insisted_on_where_listeners_use_it(sqlite_settings: Settings, tmp_path: Path) -> None:
    secure = load_settings(data_dir=tmp_path / "secure", public_url="https://music.example")

    for settings, is_there in ((sqlite_settings, False), (secure, True)):
        with small_app(settings) as app:
            headers = app.test_client().get("/api/v1/anybody").headers
            assert ("Strict-Transport-Security" in headers) == is_there


def test_a_page_of_somebodys_is_not_stored_either(app: APIFlask) -> None:
    assert browser_of(app).get("/player").headers["Cache-Control"] == "no-store"
