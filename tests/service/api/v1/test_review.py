import io

import pytest
import soundfile
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.service.clients import client_of, listener, parts_of
from tests.service.compositions.held_pieces import RATE, keep_piece

DESK = "/api/v1/admin/review"


@pytest.fixture
def held(web_app: APIFlask) -> str:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada").id
    return keep_piece(parts.database, parts.settings, ada, title="Harbour for Ada")


@pytest.fixture
def rosa(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app, "rosa", owner=True)


def test_a_piece_is_claimed_decided_undone_and_decided_again(
    web_app: APIFlask, rosa: FlaskClient, held: str
) -> None:
    (item,) = rosa.get(DESK).json["items"]
    assert (item["id"], item["state"], item["claimed_by_another"]) == (held, "held", False)
    assert rosa.post(f"{DESK}/{held}/claim").json["claimed_until"] is not None
    sam = client_of(web_app, "sam", owner=True)
    refused = sam.post(f"{DESK}/{held}/decision", json={"action": "approve"})
    assert (refused.status_code, refused.json["code"]) == (409, "claimed_by_another")
    decision = rosa.post(f"{DESK}/{held}/decision", json={"action": "reject", "reason": "copy"})
    assert decision.status_code == 201
    assert rosa.get(DESK).json["items"] == []
    assert [each["id"] for each in rosa.get(f"{DESK}?state=rejected").json["items"]] == [held]
    undone = sam.post(f"/api/v1/admin/decisions/{decision.json['id']}/undo")
    assert (undone.status_code, undone.json["undoes_id"]) == (201, decision.json["id"])
    assert rosa.post(f"{DESK}/{held}/decision", json={"action": "approve"}).status_code == 201
    told = [(each["action"], each["reviewer"]) for each in rosa.get("/api/v1/admin/audit").json["items"]]
    assert told == [("approve", "rosa"), ("undo", "sam"), ("reject", "rosa")]


def test_a_decision_that_is_sent_twice_with_one_key_is_made_once(rosa: FlaskClient, held: str) -> None:
    sent = {"json": {"action": "approve"}, "headers": {"Idempotency-Key": "one"}}
    first, again = (rosa.post(f"{DESK}/{held}/decision", **sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert len(rosa.get("/api/v1/admin/audit").json["items"]) == 1
    other = rosa.post(f"{DESK}/{held}/decision", json={"action": "reject", "reason": "copy"})
    assert (other.status_code, other.json["code"]) == (409, "already_decided")


def test_the_sound_at_the_desk_has_no_name_in_it(rosa: FlaskClient, held: str) -> None:
    sound = rosa.get(f"{DESK}/{held}/stream", buffered=True)
    assert sound.status_code == 200
    assert soundfile.info(io.BytesIO(sound.data)).samplerate == RATE
    assert b"ada" not in sound.data.lower()
    assert "ada" not in str(sound.headers).lower()
    assert (
        rosa.get(f"{DESK}/{held}/stream", headers={"Range": "bytes=0-99"}, buffered=True).status_code == 206
    )


def test_the_desk_shows_no_name(rosa: FlaskClient, held: str) -> None:
    assert "…" in rosa.get(f"{DESK}/{held}").json["title"]
    assert '"ada' not in rosa.get(DESK).text.lower()


def test_pages_of_pieces_and_decisions_go_on_where_they_stopped(
    web_app: APIFlask, rosa: FlaskClient, held: str
) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada").id
    pieces = [held, *(keep_piece(parts.database, parts.settings, ada, title=f"No {n}") for n in range(2))]
    first = rosa.get(f"{DESK}?limit=2").json
    rest = rosa.get(f"{DESK}?limit=2&cursor={first['next_cursor']}").json
    assert [each["id"] for each in first["items"] + rest["items"]] == pieces
    assert rest["next_cursor"] is None
    for piece in pieces:
        rosa.post(f"{DESK}/{piece}/decision", json={"action": "approve"})
    first = rosa.get("/api/v1/admin/audit?limit=2").json
    rest = rosa.get(f"/api/v1/admin/audit?limit=2&cursor={first['next_cursor']}").json
    assert [each["composition_id"] for each in first["items"] + rest["items"]] == pieces[::-1]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "reject"},
        {"action": "reject", "reason": "dull"},
        {"action": "reject", "reason": "other"},
        {"action": "burn"},
        {"action": "approve", "reviewer": "sam"},
    ],
)
def test_a_decision_that_is_none_is_refused(rosa: FlaskClient, held: str, body: dict[str, str]) -> None:
    assert rosa.post(f"{DESK}/{held}/decision", json=body).status_code == 400
    assert rosa.get("/api/v1/admin/audit").json["items"] == []
