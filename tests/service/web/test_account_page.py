import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.accounts.people import set_password
from service.http.login_cookie import cookie_name
from service.store.tables import AppPassword, User
from service.web.account_page import browser_words
from tests.service.clients import browser_of, client_of, listener, parts_of

PASSWORD = "a seam that holds"


def _make(browser: FlaskClient, label: str) -> tuple[str, str]:
    """The secret of a new app password, and its id."""
    page = browser.post("/account/app-passwords", data={"label": label})
    assert page.status_code == 201
    (secret,) = re.findall(r"<code data-secret>([^<]+)</code>", page.text)
    (made,) = re.findall(r"/account/app-passwords/(\w{26})/revoke", page.text)
    return secret, made


def test_an_app_password_is_shown_once_and_lets_an_app_in_until_it_is_revoked(web_app: APIFlask) -> None:
    browser, app = browser_of(web_app, "ada"), web_app.test_client()
    secret, made = _make(browser, "the player on my phone")
    ping = f"/rest/ping?u=ada&p={secret}&c=test&v=1.16.1&f=json"

    assert app.get(ping).json["subsonic-response"]["status"] == "ok"
    page = browser.get("/account").text
    assert "the player on my phone" in page
    assert secret not in page

    assert browser.post(f"/account/app-passwords/{made}/revoke").status_code == 303
    assert app.get(ping).json["subsonic-response"]["status"] == "failed"
    assert "No app is connected yet" in browser.get("/account").text


def test_the_card_says_what_to_type_and_shows_it_to_a_camera(web_app: APIFlask) -> None:
    page = browser_of(web_app, "ada").post("/account/app-passwords", data={"label": "phone"}).text
    assert "<code data-server>http://localhost</code>" in page
    assert "http://localhost/apis/audioscrobbler_legacy/" in page
    assert page.count('class="qr"') == 2
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


@pytest.mark.parametrize("label", ["", " ", "x" * 121, "two\nlines", "a\0b", "\u2028"])
def test_a_label_that_is_none_is_refused_in_a_sentence(web_app: APIFlask, label: str) -> None:
    answer = browser_of(web_app, "ada").post("/account/app-passwords", data={"label": label})
    assert answer.status_code == 400
    assert "label is one line" in answer.text
    with parts_of(web_app).database.session(read_only=True) as db_session:
        assert db_session.query(AppPassword).count() == 0


def test_script_in_a_label_is_shown_as_it_is_written(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    _make(browser, "<script>alert(1)</script>")
    page = browser.get("/account").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_another_listeners_app_and_browser_are_not_there(web_app: APIFlask) -> None:
    ada, ben = browser_of(web_app, "ada"), browser_of(web_app, "ben")
    _, made = _make(ada, "phone")
    assert ben.post(f"/account/app-passwords/{made}/revoke").status_code == 404
    sessions = client_of(web_app, "ada").get("/api/v1/sessions").json["items"]
    assert ben.post(f"/account/sessions/{sessions[0]['id']}/end").status_code == 404
    assert ada.get("/account").status_code == 200


def test_a_password_is_changed_by_whoever_knows_it_and_other_browsers_are_signed_out(
    web_app: APIFlask,
) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        set_password(db_session, listener(db_session, "ada"), PASSWORD)
    browser, other = browser_of(web_app, "ada"), browser_of(web_app, "ada")
    told = {"old": "not it at all", "new": "another seam", "again": "another seam"}

    assert browser.post("/account/password", data=told).status_code == 400
    assert (
        browser.post("/account/password", data=told | {"old": PASSWORD, "again": "an other"}).status_code
        == 400
    )
    assert (
        browser.post(
            "/account/password", data=told | {"old": PASSWORD, "new": "ada", "again": "ada"}
        ).status_code
        == 400
    )
    assert other.get("/account").status_code == 200

    assert browser.post("/account/password", data=told | {"old": PASSWORD}).status_code == 303
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    signs_in = {"name": "ada", "password": "another seam"}
    assert web_app.test_client().post("/api/v1/sessions", json=signs_in).status_code == 201


def test_guessing_at_the_password_of_a_browser_left_open_is_stopped(web_app: APIFlask) -> None:
    with parts_of(web_app).database.session() as db_session:
        set_password(db_session, listener(db_session, "ada"), PASSWORD)
    browser = browser_of(web_app, "ada")
    told = {"old": "not it at all", "new": "another seam", "again": "another seam"}
    answers = [browser.post("/account/password", data=told).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]


@pytest.mark.parametrize("policy", ["mix", "shelf", "never"])
def test_what_is_settled_is_kept_and_shown(web_app: APIFlask, policy: str) -> None:
    browser = browser_of(web_app, "ada")
    told = {"composed_policy": policy, "fresh_per_taste": "3", "familiar_percent": "20"}
    assert browser.post("/account/preferences", data=told).status_code == 303
    page = browser.get("/account").text
    assert f'value="{policy}" checked' in page
    with parts_of(web_app).database.session(read_only=True) as db_session:
        user = db_session.query(User).one()
        assert (user.composed_policy, user.fresh_per_taste, user.familiar_share) == (policy, 3, 0.2)


@pytest.mark.parametrize(
    "told",
    [
        {"composed_policy": "always"},
        {"fresh_per_taste": "9"},
        {"fresh_per_taste": "many"},
        {"familiar_percent": "101"},
        {"familiar_percent": "²"},
        {"familiar_percent": "-1"},
    ],
)
def test_what_cannot_be_settled_is_refused(web_app: APIFlask, told: dict[str, str]) -> None:
    answer = browser_of(web_app, "ada").post("/account/preferences", data=told)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_other_browsers_are_signed_out_one_by_one_or_all_at_once(web_app: APIFlask) -> None:
    browser, second, third = (browser_of(web_app, "ada") for _ in range(3))
    page = browser.get("/account").text
    ends = re.findall(r"/account/sessions/(\w{26})/end", page)
    assert len(ends) == 2
    assert browser.post(f"/account/sessions/{ends[0]}/end").status_code == 303
    assert sorted(each.get("/account").status_code for each in (second, third)) == [200, 303]
    assert browser.post("/account/sessions/end-others").status_code == 303
    assert [each.get("/account").status_code for each in (browser, second, third)] == [200, 303, 303]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"),
        ("", "A browser"),
        ("<script>", "A browser"),
    ],
)
def test_a_browser_is_called_by_its_name(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words


def test_what_is_known_of_a_listener_is_counted_and_erased_only_when_the_name_was_typed(
    web_app: APIFlask,
) -> None:
    told = {"listened_at": "2026-11-22T20:15:00Z", "title": "Song", "artist": "Artist"}
    client_of(web_app, "ada").post("/api/v1/listens", json=told)
    browser = browser_of(web_app, "ada")
    page = browser.get("/about-me").text
    assert re.search(r"<dt>Listens</dt><dd>1</dd>", page)
    assert "22 November 2026" in page
    assert 'href="/api/v1/me/export"' in page

    answer = browser.post("/about-me/erase", data={"name": "ben"})
    assert (answer.status_code, "Type the name exactly" in answer.text) == (409, True)
    assert browser.get("/about-me").status_code == 200

    gone = browser.post("/about-me/erase", data={"name": "ada"})
    assert gone.status_code == 200
    assert "Nothing of yours is kept any more" in gone.text
    assert browser.get_cookie(cookie_name(parts_of(web_app).settings, "session")) is None
    assert browser.get("/about-me").status_code == 303
