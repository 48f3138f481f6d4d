from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.egress.log import EgressLog, Errand
from tests.service.clients import client_of, parts_of

URL = "http://127.0.0.1:9"
ACCOUNT = {"name": "ada there", "password": "sesame"}


@pytest.fixture
def owner(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app, "rosa", owner=True)


@pytest.fixture
def ada(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_it_is_off_until_an_owner_names_a_server(owner: FlaskClient, ada: FlaskClient) -> None:
    assert owner.get("/api/v1/admin/elsewhere").json == {"url": None, "folder": None}
    assert ada.get("/api/v1/me/elsewhere").json["server"] is None
    assert code_of(ada.put("/api/v1/me/elsewhere", json=ACCOUNT)) == (409, "elsewhere_is_off")
    assert code_of(ada.post("/api/v1/me/elsewhere/sync")) == (409, "elsewhere_is_off")
    assert owner.get("/api/v1/admin/egress").json == {"items": [], "next_cursor": None}


def test_an_account_is_given_synced_and_forgotten(owner: FlaskClient, ada: FlaskClient) -> None:
    assert owner.put("/api/v1/admin/elsewhere", json={"url": f"{URL}/rest"}).json["url"] == URL
    assert code_of(ada.post("/api/v1/me/elsewhere/sync")) == (409, "elsewhere_not_connected")
    first = ada.put("/api/v1/me/elsewhere", json=ACCOUNT)
    assert (first.status_code, first.json["kind"]) == (202, "sync_elsewhere")
    assert first.headers["Location"].endswith(f"/jobs/{first.json['id']}")
    shown = ada.get("/api/v1/me/elsewhere")
    assert shown.json == {
        "server": URL,
        "name": "ada there",
        "with_pieces": False,
        "sends_password": False,
        "refused_at": None,
        "job_id": first.json["id"],
        "synced_at": None,
        "report": None,
    }
    assert ACCOUNT["password"] not in shown.text
    ada.put("/api/v1/me/elsewhere", json=ACCOUNT | {"sends_password": True})
    assert ada.get("/api/v1/me/elsewhere").json["sends_password"] is True
    assert ada.post("/api/v1/me/elsewhere/sync").json["id"] == first.json["id"]
    for _ in range(2):
        assert ada.delete("/api/v1/me/elsewhere?undo=true").status_code == 204
    assert ada.get("/api/v1/me/elsewhere").json["name"] is None
    assert ada.get(f"/api/v1/jobs/{first.json['id']}").json["state"] == "cancelled"


def test_an_owner_ends_it_for_all(owner: FlaskClient, ada: FlaskClient) -> None:
    owner.put("/api/v1/admin/elsewhere", json={"url": URL})
    ada.put("/api/v1/me/elsewhere", json=ACCOUNT)
    for _ in range(2):
        assert owner.delete("/api/v1/admin/elsewhere").status_code == 204
    assert ada.get("/api/v1/me/elsewhere").json["name"] is None


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ({"url": "music.example"}, (400, "bad_address")),
        ({"url": "https://ada:sesame@music.example"}, (400, "bad_address")),
        ({"url": URL, "folder": "/no such folder"}, (404, "no_such_folder")),
        ({"url": URL, "folder": "{music}"}, (400, "folder_in_library")),
    ],
)
def test_a_server_that_cannot_be_is_refused(
    owner: FlaskClient, tmp_path: Path, wish: dict[str, str], refused: tuple[int, str]
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    assert owner.post("/api/v1/libraries", json={"folder": str(music)}).status_code in (201, 202)
    told = {name: str(music) if value == "{music}" else value for name, value in wish.items()}
    assert code_of(owner.put("/api/v1/admin/elsewhere", json=told)) == refused


@pytest.mark.parametrize("changed", [{"name": ""}, {"name": " ada"}, {"password": ""}, {"password": "a\nb"}])
def test_an_account_without_a_name_or_password_is_refused(
    owner: FlaskClient, ada: FlaskClient, changed: dict[str, str]
) -> None:
    owner.put("/api/v1/admin/elsewhere", json={"url": URL})
    assert ada.put("/api/v1/me/elsewhere", json=ACCOUNT | changed).status_code == 400


def test_owners_see_what_left_the_house_and_listeners_do_not(
    web_app: APIFlask, owner: FlaskClient, ada: FlaskClient
) -> None:
    log = EgressLog(parts_of(web_app).database)
    for path in ("/rest/ping", "/rest/search3"):
        log.end(log.begin(Errand("elsewhere"), "music.example", "POST", path, 60), 200, 2_000)
    page = owner.get("/api/v1/admin/egress?limit=1").json
    (row,) = page["items"]
    assert (row["feature"], row["host"], row["path"]) == ("elsewhere", "music.example", "/rest/search3")
    assert (row["sent_bytes"], row["received_bytes"], row["status"]) == (60, 2_000, 200)
    rest = owner.get(f"/api/v1/admin/egress?limit=1&cursor={page['next_cursor']}").json
    assert [row["path"] for row in rest["items"]] == ["/rest/ping"]
    assert ada.get("/api/v1/admin/egress").status_code == 403
