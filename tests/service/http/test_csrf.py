from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.settings import load_settings
from tests.service.clients import browser_of, client_of
from tests.service.http.small_app import small_app

LIBRARY, PLAYER, FORM, ANYBODY = "/api/v1/library", "/player", "/form", "/api/v1/anybody"


def _without_token(browser: FlaskClient) -> FlaskClient:
    del browser.environ_base["HTTP_X_CSRF_TOKEN"]
    return browser


@pytest.mark.parametrize("path", [LIBRARY, PLAYER])
def test_a_browser_writes_with_the_token_of_its_page_only(app: APIFlask, path: str) -> None:
    browser = browser_of(app)

    assert browser.post(path).status_code == 200
    refused = _without_token(browser).post(path)
    assert refused.status_code == 403


def test_json_does_not_spare_a_browser_the_token(app: APIFlask) -> None:
    refused = _without_token(browser_of(app)).post(LIBRARY, json={})

    assert (refused.status_code, refused.json["code"]) == (403, "bad_csrf_token")


def test_the_token_may_be_a_field_of_the_form(app: APIFlask) -> None:
    browser = browser_of(app)
    token = browser.environ_base["HTTP_X_CSRF_TOKEN"]

    assert _without_token(browser).post(PLAYER, data={"csrf_token": token}).status_code == 200


def test_another_browsers_token_is_no_good(app: APIFlask) -> None:
    mine, theirs = browser_of(app, "ada"), browser_of(app, "bea")
    mine.environ_base["HTTP_X_CSRF_TOKEN"] = theirs.environ_base["HTTP_X_CSRF_TOKEN"]

    assert mine.post(PLAYER).status_code == 403


def test_a_program_needs_no_token(app: APIFlask) -> None:
    assert client_of(app).post(LIBRARY).status_code == 200


def test_reading_needs_no_token(app: APIFlask) -> None:
    assert _without_token(browser_of(app)).get(PLAYER).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", [LIBRARY, ANYBODY, FORM])
def test_what_another_sites_page_sends_is_refused_whatever_it_has(
    app: APIFlask, path: str, headers: dict[str, str]
) -> None:
    refused = browser_of(app).post(path, headers={**headers, "Accept": "application/json"}, json={})

    assert (refused.status_code, refused.json["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        # As behind a proxy that speaks https to browsers and http to us.
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://localhost"},
    ],
)
def test_our_own_pages_may_write(app: APIFlask, headers: dict[str, str]) -> None:
    assert browser_of(app).post(LIBRARY, headers=headers).status_code == 200


def test_the_public_address_is_our_own_whatever_the_proxy_calls_us(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, public_url="https://music.example/homespun")
    with small_app(settings) as app:
        program = app.test_client()
        for origin, status in (("https://music.example", 200), ("https://music.example.evil", 403)):
            assert program.post(ANYBODY, json={}, headers={"Origin": origin}).status_code == status


def test_a_form_that_anybody_may_send_needs_the_token_too(app: APIFlask) -> None:
    stranger = app.test_client()

    assert stranger.post(FORM, data={"name": "ada"}).status_code == 403
    assert browser_of(app).post(FORM, data={"name": "ada"}).status_code == 200


def test_json_that_anybody_may_send_needs_none(app: APIFlask) -> None:
    assert app.test_client().post(ANYBODY, json={}).status_code == 200
