from apiflask import APIFlask

from service.accounts.people import set_password
from tests.service.clients import listener, parts_of

PASSWORD = "a seam that holds"


def test_signing_in_gives_the_token_that_writes_by_the_cookie_need(web_app: APIFlask) -> None:
    with parts_of(web_app).database.session() as db_session:
        set_password(db_session, listener(db_session, "ada"), PASSWORD)
    browser = web_app.test_client()
    signed_in = browser.post("/api/v1/sessions", json={"name": "ada", "password": PASSWORD})
    assert (signed_in.status_code, signed_in.json["name"]) == (201, "ada")
    wish = {"label": "a program", "scopes": ["stream"]}
    refused = browser.post("/api/v1/me/tokens", json=wish)
    assert (refused.status_code, refused.json["code"]) == (403, "bad_csrf_token")
    headers = {"X-CSRF-Token": signed_in.json["csrf_token"]}
    assert browser.post("/api/v1/me/tokens", json=wish, headers=headers).status_code == 201
    assert browser.delete("/api/v1/sessions/current", headers=headers).status_code == 204


def test_a_token_of_another_sign_in_is_good_for_nothing(web_app: APIFlask) -> None:
    with parts_of(web_app).database.session() as db_session:
        set_password(db_session, listener(db_session, "ada"), PASSWORD)
    told = {"name": "ada", "password": PASSWORD}
    theirs = web_app.test_client().post("/api/v1/sessions", json=told).json["csrf_token"]
    browser = web_app.test_client()
    browser.post("/api/v1/sessions", json=told)
    refused = browser.delete("/api/v1/sessions/current", headers={"X-CSRF-Token": theirs})
    assert (refused.status_code, refused.json["code"]) == (403, "bad_csrf_token")
