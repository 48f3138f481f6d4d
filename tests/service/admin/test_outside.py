from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.egress.log import EgressLog, Errand
from service.elsewhere.accounts import connect, find_account
from service.elsewhere.server import find_server
from tests.service.clients import browser_of, listener, parts_of

URL = "http://127.0.0.1:9"
ROOM = "/admin/outside"


@pytest.fixture
def rosa(web_app: APIFlask) -> FlaskClient:
    """A browser of the house's owner."""
    return browser_of(web_app, "rosa", owner=True)


def connect_ada(web_app: APIFlask) -> str:
    """Ada's id; she gave her account on the other server."""
    with parts_of(web_app).database.session() as db_session:
        ada = listener(db_session, "ada")
        connect(db_session, parts_of(web_app).app_password_keys, ada.id, "ada there", "sesame")
        return ada.id


def test_a_house_that_nothing_left_says_so(rosa: FlaskClient) -> None:
    page = rosa.get(ROOM).text
    assert "Nothing left the house" in page
    assert "Nothing that Homespun does needs another machine." in page
    rosa.post(f"{ROOM}/server", data={"url": URL})
    assert "nobody gave an account there yet" in rosa.get(ROOM).text


def test_what_left_the_house_is_told_with_where_why_and_how_much(
    web_app: APIFlask, rosa: FlaskClient
) -> None:
    with parts_of(web_app).database.session() as db_session:
        ada = listener(db_session, "ada").id
    log = EgressLog(parts_of(web_app).database)
    log.end(log.begin(Errand("elsewhere", ada), "music.example", "POST", "/rest/ping", 123), 200, 4_567)
    log.begin(Errand("elsewhere"), "music.example", "POST", "/rest/search3", 1)
    unanswered, answered = rosa.get(ROOM).text.split("<tbody>")[1].split("</tr>")[:2]
    for said in ("music.example/rest/ping", "the other server", "ada", "123", "4,567", ">200<"):
        assert said in answered
    for said in ("music.example/rest/search3", "somebody who left", ">none<"):
        assert said in unanswered


def test_a_long_list_goes_on_where_its_page_stopped(web_app: APIFlask, rosa: FlaskClient) -> None:
    log = EgressLog(parts_of(web_app).database)
    for number in range(52):
        log.begin(Errand("elsewhere"), "music.example", "POST", f"/rest/number{number:02d}", 1)
    first = rosa.get(ROOM).text
    assert ("number51" in first, "number02" in first, "number01" in first) == (True, True, False)
    address = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    rest = rosa.get(address).text
    assert ("number02" in rest, "number01" in rest, "number00" in rest) == (False, True, True)
    for nonsense in ("x", "%", "9" * 40):
        assert rosa.get(ROOM, query_string={"before": nonsense}).status_code == 200


def test_a_server_is_named_changed_and_left_and_the_log_says_who_did_it(
    web_app: APIFlask, rosa: FlaskClient, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    assert "Turn it on" in rosa.get(f"{ROOM}/server").text
    assert rosa.post(f"{ROOM}/server", data={"url": f"{URL}/rest", "folder": ""}).status_code == 303
    ada = connect_ada(web_app)
    rosa.post(f"{ROOM}/server", data={"url": URL, "folder": str(folder)})
    page = rosa.get(f"{ROOM}/server").text
    assert f'value="{URL}"' in page
    assert f'value="{folder}"' in page
    assert "1 listener gave an account there." in page

    rosa.post(f"{ROOM}/server/leave")
    rosa.post(f"{ROOM}/server/leave")
    with parts_of(web_app).database.session(read_only=True) as db_session:
        assert find_server(db_session) is None
        assert find_account(db_session, ada) is None
    lines = rosa.get("/admin/log").text.split("<tbody>")[1].split("</tr>")
    said = [("left the other server", f"server {URL}, folder {folder}")]
    said += [("named another server", f"server {URL}, folder {folder}")]
    said += [("named another server", f"server {URL}, folder none")]
    assert len(lines) == len(said) + 1
    for line, (what, how) in zip(lines, said, strict=False):
        assert "rosa" in line
        assert what in line
        assert how in line


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"url": ""}, "The address of a server looks like"),
        ({"url": "https://ada:sesame@music.example"}, "The address of a server looks like"),
        ({"url": URL, "folder": "/no such folder"}, "There is no such folder here"),
        ({"url": URL, "folder": "/" + "x" * 5_000}, "The path of that folder is too long."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    web_app: APIFlask, rosa: FlaskClient, told: dict[str, str], sentence: str
) -> None:
    page = rosa.post(f"{ROOM}/server", data=told, follow_redirects=True).text
    assert sentence in page
    with parts_of(web_app).database.session(read_only=True) as db_session:
        assert find_server(db_session) is None
