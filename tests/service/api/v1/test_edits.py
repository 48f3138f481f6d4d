"""Edits as programs ask for them."""

from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.compositions.edits import keep_export
from service.store.tables import Composition, Job
from tests.service.access_house import House, house_of
from tests.service.clients import parts_of

API = "/api/v1"


@pytest.fixture
def house(web_app: APIFlask) -> House:
    return house_of(web_app)


@pytest.fixture
def ada(house: House) -> FlaskClient:
    return house.program("ada")


def asked(house: House) -> list[Job]:
    with parts_of(house.app).database.session(read_only=True) as db_session:
        return list(db_session.query(Job).filter(Job.kind == "edit_composition").order_by(Job.id))


def test_an_edit_is_queued_with_its_wishes_and_a_seed_of_its_own(ada: FlaskClient, house: House) -> None:
    piece = house.ids["composition_id"]
    body = {"kind": "regenerate", "rows": ["drums"], "first_bar": 9.0, "last_bar": 16}
    answer = ada.post(f"{API}/compositions/{piece}/edits", json=body, headers={"Idempotency-Key": "once"})
    again = ada.post(f"{API}/compositions/{piece}/edits", json=body, headers={"Idempotency-Key": "once"})

    assert (answer.status_code, answer.json["kind"]) == (202, "edit_composition")
    assert answer.headers["Location"] == again.headers["Location"]
    (job,) = asked(house)
    assert job.payload["composition_id"] == piece
    assert job.payload["edit"] == {"kind": "regenerate", "rows": ["drums"], "first_bar": 9, "last_bar": 16}
    assert isinstance(job.payload["seed"], int)


def test_a_wish_that_means_nothing_is_refused(ada: FlaskClient, house: House) -> None:
    bodies: list[dict[str, Any]] = [
        {},
        {"kind": "remix"},
        {"kind": "loop", "rows": ["lead"]},
        {"kind": "regenerate", "rows": ["kazoo"]},
        {"kind": "transpose"},
        {"kind": "transpose", "semitones": 99},
        {"kind": "vary", "amount": 0},
        {"kind": "continue", "bars": 1000},
    ]
    path = f"{API}/compositions/{house.ids['composition_id']}/edits"
    assert {ada.post(path, json=body).status_code for body in bodies} == {400}
    assert asked(house) == []


def test_what_may_not_be_heard_may_not_be_edited_or_read(ada: FlaskClient, house: House) -> None:
    held = f"{API}/compositions/{house.ids['held_id']}"
    answers = [ada.post(f"{held}/edits", json={"kind": "loop"}), ada.get(f"{held}/midi")]
    assert [(each.status_code, each.json["code"]) for each in answers] == [(409, "not_listed")] * 2


def test_bars_that_end_before_they_begin_are_refused(ada: FlaskClient, house: House) -> None:
    body = {"kind": "regenerate", "first_bar": 9, "last_bar": 3}
    answer = ada.post(f"{API}/compositions/{house.ids['composition_id']}/edits", json=body)
    assert (answer.status_code, answer.json["code"]) == (409, "no_such_bars")


def test_edits_count_towards_the_same_quota_as_compositions(ada: FlaskClient, house: House) -> None:
    path = f"{API}/compositions/{house.ids['composition_id']}/edits"
    answers = [ada.post(path, json={"kind": "transpose", "semitones": 1}) for _ in range(4)]
    answers += [ada.post(f"{API}/compositions", json={}), ada.post(path, json={"kind": "loop"})]
    assert [each.status_code for each in answers] == [202, 202, 202, 202, 202, 429]
    assert answers[-1].json["code"] == "too_many_waiting"


def got(client: FlaskClient, path: str, **headers: str) -> tuple[int, str, bytes]:
    with client.get(path, headers=headers) as response:
        return response.status_code, response.mimetype, response.get_data()


def test_notes_and_stems_are_sent_whole_or_in_part_once_they_were_made(
    ada: FlaskClient, house: House
) -> None:
    piece = house.ids["composition_id"]
    path = f"{API}/compositions/{piece}"
    assert got(ada, f"{path}/midi") == (200, "audio/midi", b"notes")
    assert got(ada, f"{path}/midi", Range="bytes=1-2") == (206, "audio/midi", b"ot")
    before = ada.get(f"{path}/stems")
    assert (before.status_code, before.json["code"]) == (409, "not_made_yet")
    parts = parts_of(house.app)
    with parts.database.session() as db_session:
        folder = db_session.get_one(Composition, piece).media_paths["midi"].rpartition("/")[0]
        keep_export(db_session, piece, "stems", f"{folder}/stems.zip")
    (parts.settings.media_dir / folder / "stems.zip").write_bytes(b"PK")
    assert got(ada, f"{path}/stems") == (200, "application/zip", b"PK")
