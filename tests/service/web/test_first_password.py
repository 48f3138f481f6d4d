import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.accounts.admission import new_password_for
from service.accounts.people import set_password
from service.http.authentication import access_of
from tests.service.clients import browser_of, client_of, listener, parts_of

NEW = {"new": "a seam that holds", "again": "a seam that holds"}


@pytest.fixture
def given(web_app: APIFlask) -> str:
    """The password that an owner gave ben."""
    with parts_of(web_app).database.session() as db_session:
        return new_password_for(db_session, listener(db_session, "ben"))


@pytest.fixture
def ben(web_app: APIFlask, given: str) -> FlaskClient:
    """The browser of ben, who signs in for the first time, with a good CSRF token."""
    browser = browser_of(web_app, "ben")
    token = browser.environ_base.pop("HTTP_X_CSRF_TOKEN")
    browser.delete_cookie("homespun_session")
    door = browser.get("/sign-in").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', door)
    assert found is not None
    assert token
    told = {"name": "ben", "password": given, "next": "/library", "csrf_token": found[1]}
    assert browser.post("/sign-in", data=told).location == "/library"
    page = browser.get("/choose-password").text
    kept = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert kept is not None
    browser.environ_base["HTTP_X_CSRF_TOKEN"] = kept[1]
    return browser


def test_whoever_was_given_a_password_chooses_their_own_and_goes_where_they_wanted(ben: FlaskClient) -> None:
    sent = ben.get("/library?q=piano")
    assert (sent.status_code, sent.location) == (303, "/choose-password?next=/library?q%3Dpiano")
    assert 'value="/library?q=piano"' in ben.get(sent.location).text

    chosen = ben.post("/choose-password", data=NEW | {"next": "/library?q=piano"})

    assert (chosen.status_code, chosen.location) == (303, "/library?q=piano")
    assert ben.get("/library?q=piano").status_code == 200
    assert ben.get("/choose-password").status_code == 303


def test_nothing_else_can_be_done_by_the_browser_before(web_app: APIFlask, ben: FlaskClient) -> None:
    open_to = set()
    for rule in web_app.url_map.iter_rules():
        with web_app.app_context():
            access = access_of(rule.endpoint)
        if access is not None and access.with_given_password:
            open_to.add(rule.rule)
            continue
        if access is None or access.kind in ("public", "app"):
            continue
        path = re.sub(r"<(?:\w+:)?\w+>", "0" * 26, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = ben.open(path, method=method)
            if access.kind == "page":
                assert answer.status_code == 303, (method, path)
                assert answer.location.startswith("/choose-password"), (method, path)
            else:
                assert (answer.status_code, answer.json["code"]) == (403, "password_not_chosen"), path
    assert open_to == {
        "/sign-out",
        "/choose-password",
        "/api/v1/me/password",
        "/api/v1/sessions/current",
    }


def test_a_part_of_a_page_sends_the_whole_browser_there(ben: FlaskClient) -> None:
    answer = ben.get("/fragments/list", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (403, "/choose-password")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"new": "short", "again": "short"}, "8 to 1024 characters"),
        ({"new": "a seam that holds", "again": "a seam that held"}, "not typed alike twice"),
        ({}, "8 to 1024 characters"),
    ],
)
def test_what_is_no_password_is_not_taken(ben: FlaskClient, told: dict[str, str], said: str) -> None:
    answer = ben.post("/choose-password", data=told)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert ben.get("/").status_code == 303


def test_the_given_password_is_not_chosen_again(ben: FlaskClient, given: str) -> None:
    answer = ben.post("/choose-password", data={"new": given, "again": given})
    assert (answer.status_code, "choose another one" in answer.text) == (400, True)


def test_who_has_chosen_is_asked_for_the_one_before(ben: FlaskClient) -> None:
    assert ben.post("/choose-password", data=NEW).status_code == 303
    later = {"new": "another seam", "again": "another seam"}
    assert ben.post("/choose-password", data=later).status_code == 409
    assert ben.post("/account/password", data=later | {"old": NEW["new"]}).status_code == 303


def test_a_guess_at_a_password_that_was_chosen_is_told_apart_from_no_other(ben: FlaskClient) -> None:
    assert ben.post("/choose-password", data=NEW).status_code == 303
    right, wrong = (
        ben.post("/choose-password", data={"new": guess, "again": guess})
        for guess in (NEW["new"], "a seam that tore")
    )
    assert (right.status_code, wrong.status_code) == (409, 409)
    assert "choose another one" not in right.text


def test_who_does_not_choose_can_sign_out(ben: FlaskClient) -> None:
    assert "Sign out" in ben.get("/choose-password").text
    assert ben.post("/sign-out").location == "/sign-in"
    assert ben.get("/choose-password").location.startswith("/sign-in")


def test_keys_work_on(web_app: APIFlask, given: str) -> None:
    assert given
    assert client_of(web_app, "ben").get("/api/v1/me").status_code == 200


def test_programs_that_sign_in_are_told_and_change_it(web_app: APIFlask, given: str) -> None:
    browser = web_app.test_client()
    signed_in = browser.post("/api/v1/sessions", json={"name": "ben", "password": given})
    assert (signed_in.status_code, signed_in.json["must_choose_password"]) == (201, True)
    headers = {"X-CSRF-Token": signed_in.json["csrf_token"]}
    refused = browser.get("/api/v1/me")
    assert (refused.status_code, refused.json["code"]) == (403, "password_not_chosen")

    body = {"old": given, "new": given}
    assert browser.put("/api/v1/me/password", json=body, headers=headers).json["code"] == "same_password"
    body["new"] = NEW["new"]
    assert browser.put("/api/v1/me/password", json=body, headers=headers).status_code == 204

    assert browser.get("/api/v1/me").json["name"] == "ben"
    again = web_app.test_client().post("/api/v1/sessions", json={"name": "ben", "password": NEW["new"]})
    assert again.json["must_choose_password"] is False


def test_a_password_of_ones_own_is_not_asked_for_again(web_app: APIFlask) -> None:
    with parts_of(web_app).database.session() as db_session:
        set_password(db_session, listener(db_session, "ada"), NEW["new"])
    browser = browser_of(web_app, "ada")
    assert (browser.get("/").status_code, browser.get("/choose-password").location) == (200, "/")
