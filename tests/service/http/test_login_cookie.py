from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask import Response, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import update

from service.http.authentication import public
from service.http.login_cookie import clear_login_cookie, set_login_cookie
from service.settings import load_settings
from service.store.tables import LoginSession
from service.store.tables.base import utc_now
from tests.service.clients import browser_of, parts_of
from tests.service.http.small_app import small_app


def _with_doors(app: APIFlask) -> APIFlask:
    def come_in() -> Response:
        response = Response("in")
        set_login_cookie(response, "hss_secret")
        return response

    def go_out() -> Response:
        response = Response("out")
        clear_login_cookie(response)
        return response

    def show_form() -> str:
        return str(generate_csrf())

    for name, view in (("in", come_in), ("out", go_out), ("show-form", show_form)):
        app.add_url_rule(f"/{name}", name, public(view))
    return app


@pytest.mark.parametrize(
    ("public_url", "start", "has_secure"),
    [
        (None, "homespun_session=hss_secret; ", False),
        ("http://music.example/below", "homespun_session=hss_secret; ", False),
        ("https://music.example", "__Host-homespun_session=hss_secret; ", True),
        ("https://music.example/below", "__Secure-homespun_session=hss_secret; ", True),
    ],
)
def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    tmp_path: Path, public_url: str | None, start: str, has_secure: bool
) -> None:
    with small_app(load_settings(data_dir=tmp_path, public_url=public_url, session_days=2)) as app:
        cookie = _with_doors(app).test_client().get("/in").headers["Set-Cookie"]

    assert cookie.startswith(start)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=172800" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie.split("; ", 1)[1]) == has_secure
    assert f"Path={'/below' if public_url and 'below' in public_url else '/'}" in cookie.split("; ")


def test_the_cookie_of_forms_has_the_same_flags(tmp_path: Path) -> None:
    with small_app(load_settings(data_dir=tmp_path, public_url="https://music.example")) as app:
        cookie = _with_doors(app).test_client().get("/show-form").headers["Set-Cookie"]

    assert cookie.startswith("__Host-homespun_form=")
    assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"} <= set(cookie.split("; "))


def test_signing_out_takes_the_cookie_back(app: APIFlask) -> None:
    browser = _with_doors(app).test_client()
    browser.get("/in")
    browser.get("/out")

    assert browser.get_cookie("homespun_session") is None


@pytest.mark.parametrize("door", ["/in", "/out"])
def test_forms_shown_before_signing_in_or_out_are_void(app: APIFlask, door: str) -> None:
    browser = _with_doors(app).test_client()
    token = browser.get("/show-form").text
    assert browser.post("/form", data={"csrf_token": token}).status_code == 200

    browser.get(door)

    assert browser.post("/form", data={"csrf_token": token}).status_code == 403


def test_a_session_in_use_moves_its_end_in_the_store_and_in_the_browser(app: APIFlask) -> None:
    browser, parts = browser_of(app), parts_of(app)
    assert "Set-Cookie" not in browser.get("/player").headers
    yesterday = utc_now() - timedelta(days=1)
    with parts.database.session() as db_session:
        db_session.execute(
            update(LoginSession).values(last_used_at=yesterday, expires_at=utc_now() + timedelta(hours=1))
        )

    answer = browser.get("/player")
    parts.last_used.write()

    assert "homespun_session=hss_" in answer.headers["Set-Cookie"]
    with parts.database.session(read_only=True) as db_session:
        row = db_session.query(LoginSession).one()
    assert row.last_used_at > yesterday
    assert row.expires_at > utc_now() + timedelta(days=parts.settings.session_days - 1)


def test_the_session_object_of_forms_holds_nothing_but_their_token(app: APIFlask) -> None:
    with app.test_request_context():
        generate_csrf()
        assert set(session) == {"csrf_token"}
