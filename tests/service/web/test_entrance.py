from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.accounts.people import set_password
from service.accounts.setup_code import ensure_setup_code
from service.store.tables import Job, User
from tests.service.clients import browser_of, listener, parts_of

PASSWORD = "a seam that holds"


@pytest.fixture
def door(web_app: APIFlask) -> FlaskClient:
    """A browser before a house in which Ada lives, with a good CSRF token."""
    with parts_of(web_app).database.session() as db_session:
        set_password(db_session, listener(db_session, "ada", owner=True), PASSWORD)
    browser = browser_of(web_app, "nobody")
    browser.delete_cookie("homespun_session")
    return browser


def test_name_and_password_open_the_page_that_was_asked_for(door: FlaskClient) -> None:
    told = {"name": "ada", "password": PASSWORD, "next": "/review"}
    answer = door.post("/sign-in", data=told)
    assert (answer.status_code, answer.location) == (303, "/review")
    assert door.get("/").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody here", PASSWORD), ("", "")])
def test_whatever_is_wrong_is_said_in_the_same_words(door: FlaskClient, name: str, password: str) -> None:
    answer = door.post("/sign-in", data={"name": name, "password": password})
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert door.get("/").status_code == 303


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_signing_in_leads_nowhere_but_here(door: FlaskClient, elsewhere: str) -> None:
    answer = door.post("/sign-in", data={"name": "ada", "password": PASSWORD, "next": elsewhere})
    assert (answer.status_code, answer.location) == (303, "/")


def test_a_form_without_its_token_is_refused(web_app: APIFlask, door: FlaskClient) -> None:
    assert "homespun" in str(door.get_cookie("homespun_form"))
    answer = web_app.test_client().post("/sign-in", data={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 403


def test_who_signs_out_is_out(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    kept = browser.get_cookie("homespun_session")
    assert kept is not None
    assert browser.post("/sign-out").status_code == 303
    browser.set_cookie("homespun_session", kept.value)
    assert browser.get("/").status_code == 303


def test_the_first_run_makes_the_owner_and_begins_to_read_the_folder(
    web_app: APIFlask, tmp_path: Path
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        code = ensure_setup_code(parts.settings, db_session)
    browser = browser_of(web_app, "helper")
    browser.delete_cookie("homespun_session")
    assert "One-time code" in browser.get("/setup").text
    told = {"code": "wrong", "name": "ada", "password": PASSWORD, "folder": str(music)}
    refused = browser.post("/setup", data=told)
    assert refused.status_code == 403
    assert PASSWORD not in refused.text

    answer = browser.post("/setup", data=told | {"code": code})
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/").status_code == 200
    with parts.database.session(read_only=True) as db_session:
        assert db_session.scalars(select(User.is_owner).where(User.name == "ada")).one()
        assert db_session.scalars(select(Job.kind)).all() == ["scan_library"]
    assert browser.get("/setup").location == "/sign-in"


def test_a_folder_that_is_not_there_is_said_to_be_missing(web_app: APIFlask) -> None:
    answer = browser_of(web_app, "ada", owner=True).post("/music-folder", data={"folder": "/no/such/folder"})
    assert answer.status_code == 404
    assert "There is no such folder here" in answer.text


def test_only_owners_add_a_folder(web_app: APIFlask, tmp_path: Path) -> None:
    browser_of(web_app, "ada", owner=True)
    answer = browser_of(web_app, "ben").post("/music-folder", data={"folder": str(tmp_path)})
    assert answer.status_code == 403
