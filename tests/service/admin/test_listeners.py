import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.accounts.signing_in import Browser, sign_in
from service.errors import Forbidden
from service.store.tables import User
from tests.service.admin.owned_house import OwnedHouse
from tests.service.clients import browser_of, client_of, parts_of

HERE = Browser("127.0.0.1")


def secret_in(page: str) -> str:
    found = re.search(r"<code data-secret>([^<]+)</code>", page)
    assert found is not None, page
    return found[1]


def test_a_listener_is_let_in_by_a_password_that_is_shown_once(web_app: APIFlask, owner: FlaskClient) -> None:
    parts = parts_of(web_app)
    password = secret_in(owner.post("/admin/listeners", data={"name": "cleo"}).text)
    assert password not in owner.get("/admin/listeners").text
    assert sign_in(parts.database, parts.settings, "cleo", password, HERE).secret


def test_a_name_that_is_none_or_taken_is_said_to_be_so(owner: FlaskClient) -> None:
    for name, said in (("ben", "already a listener called ben"), ("a\0b", "A name has 1 to 64 characters")):
        page = owner.post("/admin/listeners", data={"name": name}, follow_redirects=True).text
        assert said in page
        assert "data-secret" not in page


def test_whoever_is_turned_away_gets_in_nowhere_until_let_in_again(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    parts = parts_of(web_app)
    bens = client_of(web_app, "ben")
    password = secret_in(owner.post(f"/admin/listeners/{owned.ben_id}/password").text)
    browser = browser_of(web_app, "ben")
    page = "/choose-password"
    assert (browser.get(page).status_code, bens.get("/api/v1/me").status_code) == (200, 200)
    owner.post(f"/admin/listeners/{owned.ben_id}/turn-away")
    assert (browser.get(page).status_code, bens.get("/api/v1/me").status_code) == (303, 401)
    with pytest.raises(Forbidden) as refused:
        sign_in(parts.database, parts.settings, "ben", password, HERE)
    assert refused.value.code == "account_disabled"
    owner.post(f"/admin/listeners/{owned.ben_id}/let-in")
    assert bens.get("/api/v1/me").status_code == 200
    assert sign_in(parts.database, parts.settings, "ben", password, HERE).secret


def test_an_owner_does_not_turn_themselves_away(web_app: APIFlask, owner: FlaskClient) -> None:
    with parts_of(web_app).database.session(read_only=True) as db_session:
        ada_id = db_session.query(User.id).filter_by(name="ada").scalar()
    page = owner.post(f"/admin/listeners/{ada_id}/turn-away", follow_redirects=True).text
    assert "You cannot turn yourself away." in page
    assert owner.get("/admin/listeners").status_code == 200


def test_limits_are_kept_and_taken_away_again(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    address, database = f"/admin/listeners/{owned.ben_id}/quota", parts_of(web_app).database
    owner.post(address, data={"daily": "3", "megabytes": "500"})
    with database.session(read_only=True) as db_session:
        ben = db_session.get_one(User, owned.ben_id)
        assert (ben.daily_compositions, ben.composed_megabytes) == (3, 500)
    assert "1 of 3" in re.sub(r"\s+", " ", owner.get("/admin/listeners").text)
    owner.post(address, data={"daily": "", "megabytes": ""})
    with database.session(read_only=True) as db_session:
        ben = db_session.get_one(User, owned.ben_id)
        assert (ben.daily_compositions, ben.composed_megabytes) == (None, None)


@pytest.mark.parametrize("typed", ["-1", "1.5", "many", "99999999999999999999", "\u0663"])
def test_a_limit_that_is_no_number_is_refused(owned: OwnedHouse, owner: FlaskClient, typed: str) -> None:
    page = owner.post(
        f"/admin/listeners/{owned.ben_id}/quota", data={"daily": typed}, follow_redirects=True
    ).text
    assert "A limit is a whole number" in page


def test_nothing_of_what_they_hear_is_told(owner: FlaskClient) -> None:
    page = owner.get("/admin/listeners").text
    assert "ben" in page
    assert "piano" not in page
