"""A POST with an Idempotency-Key acts once."""

from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.store.tables import Job
from tests.service.access_house import House, house_of
from tests.service.clients import parts_of

API = "/api/v1"
LISTEN = {"listened_at": "2026-11-22T12:00:00Z", "title": "Song"}


@pytest.fixture
def house(web_app: APIFlask) -> House:
    return house_of(web_app)


@pytest.fixture
def ada(house: House) -> FlaskClient:
    return house.program("ada")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/listens", LISTEN),
        ("/compositions", {"seconds": 30}),
        ("/compositions/next", {}),
        ("/stations", {"track_id": "{track_id}"}),
        ("/profile/taste/rebuild", None),
    ],
)
def test_the_same_request_is_answered_alike_and_acts_once(
    ada: FlaskClient, house: House, path: str, body: dict[str, Any] | None
) -> None:
    sent = body and {
        name: house.ids[value[1:-1]] if str(value).startswith("{") else value for name, value in body.items()
    }
    answers = [ada.post(f"{API}{path}", json=sent, headers={"Idempotency-Key": "this one"}) for _ in range(3)]

    assert len({answer.get_data() for answer in answers}) == 1
    assert len({(answer.status_code, answer.headers.get("Location")) for answer in answers}) == 1
    assert answers[0].status_code < 300
    assert answers[2].headers["Idempotency-Replayed"] == "true"


def test_one_key_composes_one_piece_and_no_key_one_each_time(ada: FlaskClient, house: House) -> None:
    def asked() -> int:
        with parts_of(house.app).database.session(read_only=True) as db_session:
            return db_session.query(Job).filter(Job.kind == "compose_music").count()

    before = asked()
    for key in ("a", "a", "b"):
        assert ada.post(f"{API}/compositions", json={}, headers={"Idempotency-Key": key}).status_code == 202
    ada.post(f"{API}/compositions", json={})
    assert asked() - before == 3


def test_a_key_that_came_with_another_body_is_refused(ada: FlaskClient) -> None:
    headers = {"Idempotency-Key": "this one"}
    ada.post(f"{API}/listens", json=LISTEN, headers=headers)

    answer = ada.post(f"{API}/listens", json=LISTEN | {"title": "Another"}, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_key_reused")
    assert len(ada.get(f"{API}/listens").json["items"]) == 1


def test_a_listen_told_twice_without_a_key_is_there_once(ada: FlaskClient) -> None:
    first, again = (ada.post(f"{API}/listens", json=LISTEN) for _ in range(2))

    assert (first.status_code, first.json["is_new"]) == (201, True)
    assert (again.status_code, again.json) == (200, {"is_new": False, "listen": None})
