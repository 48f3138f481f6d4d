import re

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.jobs import backup, check_backup
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.store.tables import Job
from tests.service.admin.owned_house import ROOMS, OwnedHouse
from tests.service.clients import browser_of, listener, parts_of


def test_the_house_is_for_its_owners_alone(web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient) -> None:
    assert owned.held
    bens = browser_of(web_app, "ben")
    for room in ROOMS:
        assert owner.get(room).status_code == 200
        assert bens.get(room).status_code == 403
        assert web_app.test_client().get(room).status_code == 303


def test_no_room_of_the_house_has_script_or_style_of_its_own(owner: FlaskClient) -> None:
    for room in ROOMS:
        page = owner.get(room).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page), room


def test_the_owner_has_one_way_into_the_house_and_listeners_none(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    assert owned.held
    assert 'href="/admin"' in owner.get("/").text
    assert 'href="/admin"' not in browser_of(web_app, "ben").get("/").text


def test_the_days_add_up_and_name_nobody(owner: FlaskClient) -> None:
    page = owner.get("/admin").text
    assert page.count('<th scope="row">20') == 90
    assert re.search(r"13 <span class=\"quiet\">up", page)
    assert re.search(r"5 <span class=\"quiet\">composed", page)
    assert not re.search(r"\bben\b", page.split("<main", 1)[1])


def test_an_empty_house_says_what_is_to_be_done(web_app: APIFlask) -> None:
    page = browser_of(web_app, "ada", owner=True).get("/admin").text
    for said in ("Nothing waits for you.", "There is no copy of the store yet.", "add one on the music page"):
        assert said in page


def test_a_backup_is_made_and_checked_from_here(web_app: APIFlask) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        listener(db_session, "ada", owner=True)
    owner = browser_of(web_app, "ada")
    owner.post("/admin/backups")
    with parts.database.session(read_only=True) as db_session:
        assert db_session.scalars(select(Job.kind)).all() == ["backup"]
    made = run_inline(parts.database, parts.settings, backup, job_requests.backup().payload, lambda *_: None)
    name = made["name"]
    assert "Checked as it was made; not since." in owner.get("/admin").text
    payload = job_requests.check_backup(name).payload
    found = run_inline(parts.database, parts.settings, check_backup, payload, lambda *_: None)
    assert found["gone"] == 0
    assert f"Whole: {found['rows']:,} rows." in owner.get("/admin").text
    assert owner.post("/admin/backups/another/check", follow_redirects=True).text.count("no such backup") == 1
