import json
import time
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.compat.listenbrainz.rate_limit import REQUESTS
from service.compat.listenbrainz.reading import MOST_BYTES
from service.listening.scrobbles import msid_of
from service.store.ids import new_id
from tests.service.compat.apps import app_password, listens_of, thumbs_of, track_of

NOON = 1_790_000_000
MBID = "c1f7a3a2-0000-4000-8000-00000000000a"


def listen(title: str = "Song", at: Any = NOON, **told: Any) -> dict[str, Any]:
    metadata = {"track_name": title, "artist_name": "Artist", "additional_info": told}
    return {"listened_at": at, "track_metadata": metadata}


def client_with(web_app: APIFlask, token: str) -> FlaskClient:
    client = web_app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Token {token}"
    return client


@pytest.fixture
def ada(web_app: APIFlask) -> FlaskClient:
    return client_with(web_app, app_password(web_app))


def submit(client: FlaskClient, listen_type: str, *payload: dict[str, Any]) -> TestResponse:
    body = {"listen_type": listen_type, "payload": list(payload)}
    return client.post("/1/submit-listens", data=json.dumps(body))


def test_a_listen_is_kept_once_and_with_its_track(web_app: APIFlask, ada: FlaskClient) -> None:
    track_id = track_of(web_app, "Song", "Artist")
    for _ in range(2):
        assert submit(ada, "single", listen(duration_ms=200_500)).json == {"status": "ok"}
    assert submit(ada, "import", listen(), listen("Another", NOON + 300)).status_code == 200

    kept = listens_of(web_app)
    assert [(row.title, row.track_id) for row in kept] == [("Song", track_id), ("Another", None)]
    assert kept[0].track_seconds == 200.5
    told = ada.get("/1/user/ada/listens").json["payload"]
    assert [each["track_metadata"]["track_name"] for each in told["listens"]] == ["Another", "Song"]
    assert (told["count"], told["latest_listen_ts"], told["oldest_listen_ts"]) == (2, NOON + 300, NOON)
    assert ada.get("/apis/listenbrainz/1/user/ada/listen-count").json == {"payload": {"count": 2}}


def test_a_skip_is_kept_and_is_no_listen(web_app: APIFlask, ada: FlaskClient) -> None:
    submit(ada, "single", listen(duration=200, duration_played=20))
    assert [row.skipped for row in listens_of(web_app)] == [True]
    assert ada.get("/1/user/ada/listen-count").json["payload"]["count"] == 0


def test_what_plays_now_is_told_until_it_is_over_and_is_no_listen(
    web_app: APIFlask, ada: FlaskClient
) -> None:
    assert ada.get("/1/user/ada/playing-now").json["payload"]["listens"] == []
    playing = {"track_metadata": listen(duration=300)["track_metadata"]}
    assert submit(ada, "playing_now", playing).status_code == 200
    (told,) = ada.get("/1/user/ada/playing-now").json["payload"]["listens"]
    assert told["track_metadata"]["track_name"] == "Song"

    over = {"track_metadata": listen("Short", duration_ms=1)["track_metadata"]}
    submit(ada, "playing_now", over)
    time.sleep(0.01)
    assert ada.get("/1/user/ada/playing-now").json["payload"]["listens"] == []
    assert listens_of(web_app) == []


REFUSED: list[tuple[str, list[Any]]] = [
    ("heard", [listen()]),
    ("single", []),
    ("single", [listen(), listen("B")]),
    ("playing_now", [listen()]),
    ("import", [listen(at=NOON + each) for each in range(1_001)]),
    ("single", [listen(at=0)]),
    ("single", [listen(at=1_033_430_399)]),
    # by a day, for minutes may pass before it is asked
    ("single", [listen(at=int(time.time()) + 86_400)]),
    ("single", [listen(at="noon")]),
    ("single", [listen(at=True)]),
    ("single", [listen(at=10**400)]),
    ("single", [listen("")]),
    ("single", [listen(" \t")]),
    ("single", [listen("nul\0")]),
    ("single", [listen("half \ud800")]),
    ("single", [listen(note="x" * 10_240)]),
    ("single", [listen(tags=["t"] * 51)]),
    ("single", [listen(tags=["t" * 65])]),
    ("single", [listen(duration_ms=24 * 86_400_000 + 1)]),
    ("single", [listen(duration=-1)]),
    ("single", [listen(recording_mbid="no uuid")]),
    ("single", ["a listen"]),
    ("single", [{"listened_at": NOON}]),
]


def test_what_listenbrainz_would_refuse_is_refused_in_its_way_and_nothing_is_kept(
    web_app: APIFlask, ada: FlaskClient
) -> None:
    for listen_type, payload in REFUSED:
        response = submit(ada, listen_type, *payload)
        assert (response.status_code, response.json["code"]) == (400, 400), payload[:1]
        assert response.json["error"]
    for body in (b"", b"[]", b"{", b"nan", b"[" * 100_000, b'{"a": NaN}', b"\xff", b"1" * 9_999):
        assert ada.post("/1/submit-listens", data=body).status_code == 400
    assert listens_of(web_app) == []


def test_a_thousand_large_listens_are_taken_and_a_larger_body_is_not(
    web_app: APIFlask, ada: FlaskClient
) -> None:
    many = [listen(at=NOON + each, note="x" * 9_500) for each in range(1_000)]
    assert submit(ada, "import", *many).status_code == 200
    assert len(listens_of(web_app)) == 1_000

    response = ada.post("/1/submit-listens", data=b" " * (MOST_BYTES + 1))
    assert (response.status_code, response.json["code"]) == (413, 413)
    assert ada.post("/1/delete-listen", data=b" " * 1_000_001).status_code == 413


def test_listens_are_given_by_time(ada: FlaskClient) -> None:
    submit(ada, "import", *[listen(f"Song {hour}", NOON + 3_600 * hour) for hour in range(6)])

    def hours(query: str) -> list[int]:
        told = ada.get(f"/1/user/ada/listens?{query}").json["payload"]["listens"]
        return [(each["listened_at"] - NOON) // 3_600 for each in told]

    assert hours("count=2") == [5, 4]
    assert hours(f"max_ts={NOON + 7_200}") == [1, 0]
    assert hours(f"min_ts={NOON + 7_200}&count=2") == [4, 3]
    assert hours(f"min_ts={NOON}&max_ts={NOON + 3 * 3_600}") == [2, 1]
    assert hours("max_ts=99999999999") == [5, 4, 3, 2, 1, 0]
    for query in ("count=-1", "count=x", "max_ts=now", "min_ts=1.5"):
        assert ada.get(f"/1/user/ada/listens?{query}").status_code == 400


def test_a_listen_is_deleted_by_its_time_and_msid(web_app: APIFlask, ada: FlaskClient) -> None:
    submit(ada, "import", listen(), listen("Another"))
    told = ada.get("/1/user/ada/listens").json["payload"]["listens"]
    msid = next(each["recording_msid"] for each in told if each["track_metadata"]["track_name"] == "Song")
    wrong = {"listened_at": NOON + 1, "recording_msid": msid}
    right = {"listened_at": NOON, "recording_msid": msid}

    assert ada.post("/1/delete-listen", json=wrong).status_code == 200
    assert len(listens_of(web_app)) == 2
    for _ in range(2):
        assert ada.post("/1/delete-listen", json=right).json == {"status": "ok"}
    assert [row.title for row in listens_of(web_app)] == ["Another"]
    assert ada.post("/1/delete-listen", json={"listened_at": NOON}).status_code == 400


def test_feedback_becomes_a_thumb_and_is_given_back(web_app: APIFlask, ada: FlaskClient) -> None:
    by_mbid = track_of(web_app, "Song", "Artist", recording_mbid=MBID)
    by_msid = track_of(web_app, "Another", "Artist")
    submit(ada, "single", listen("Another"))
    (told,) = ada.get("/1/user/ada/listens").json["payload"]["listens"]

    def feedback(score: int, **recording: str) -> int:
        return ada.post("/1/feedback/recording-feedback", json={"score": score, **recording}).status_code

    assert (
        feedback(1, recording_mbid=MBID.upper()) == feedback(-1, recording_msid=told["recording_msid"]) == 200
    )
    assert thumbs_of(web_app) == {by_mbid: "up", by_msid: "down"}
    given = ada.get("/1/feedback/user/ada/get-feedback?metadata=True").json
    assert {(each["recording_mbid"], each["score"]) for each in given["feedback"]} == {(MBID, 1), (None, -1)}
    hated = ada.get("/1/feedback/user/ada/get-feedback?score=-1").json
    assert [each["track_metadata"]["track_name"] for each in hated["feedback"]] == ["Another"]

    assert feedback(0, recording_mbid=MBID) == 200
    assert thumbs_of(web_app) == {by_msid: "down"}
    assert feedback(2, recording_mbid=MBID) == feedback(1) == feedback(1, recording_mbid="x") == 400
    assert feedback(1, recording_msid=msid_of(new_id())) == 404


def test_feedback_on_what_the_library_has_not_waits_for_it(ada: FlaskClient) -> None:
    ada.post("/1/feedback/recording-feedback", json={"score": 1, "recording_mbid": MBID})
    told = ada.get("/1/feedback/user/ada/get-feedback").json
    assert [(each["recording_mbid"], each["score"]) for each in told["feedback"]] == [(MBID, 1)]
    ada.post("/1/feedback/recording-feedback", json={"score": 0, "recording_mbid": MBID})
    assert ada.get("/1/feedback/user/ada/get-feedback").json["feedback"] == []


def test_an_import_goes_on_from_where_it_was(ada: FlaskClient) -> None:
    assert ada.get("/1/latest-import?user_name=ada").json == {"musicbrainz_id": "ada", "latest_import": 0}
    assert ada.post("/1/latest-import", json={"ts": NOON}).json == {"status": "ok"}
    ada.post("/1/latest-import", json={"ts": NOON + 1, "service": "librefm"})
    assert ada.get("/1/latest-import?user_name=ada").json["latest_import"] == NOON
    assert ada.get("/1/latest-import?service=librefm").json["latest_import"] == NOON + 1
    for wrong in ({}, {"ts": "x"}, {"ts": -1}, {"ts": NOON, "service": "\0"}, {"ts": NOON, "service": ["a"]}):
        assert ada.post("/1/latest-import", json=wrong).status_code == 400


def test_a_token_is_told_from_what_is_none(web_app: APIFlask, ada: FlaskClient) -> None:
    valid = {"code": 200, "message": "Token valid.", "valid": True, "user_name": "ada"}
    assert ada.get("/1/validate-token").json == valid
    stranger = web_app.test_client()
    assert stranger.get(f"/1/validate-token?token={app_password(web_app)}").json == valid
    assert stranger.get("/1/validate-token").status_code == 400
    wrong = client_with(web_app, "hsa_wrong").get("/1/validate-token")
    assert (wrong.status_code, wrong.json["valid"]) == (200, False)


def test_every_answer_tells_how_often_one_may_still_ask(web_app: APIFlask, ada: FlaskClient) -> None:
    answers = [
        ada.get("/1/user/ada/listen-count"),
        ada.get("/1/user/ben/listen-count"),
        web_app.test_client().get("/1/user/ada/listens"),
    ]
    for response in answers:
        assert response.headers["X-RateLimit-Limit"] == str(REQUESTS)
        assert 0 <= int(response.headers["X-RateLimit-Remaining"]) < REQUESTS
        assert 1 <= int(response.headers["X-RateLimit-Reset-In"]) <= 10
        assert int(response.headers["X-RateLimit-Reset"]) > time.time()
    assert [response.status_code for response in answers] == [200, 404, 401]


def test_a_listen_of_ada_s_is_nothing_that_ben_could_name(web_app: APIFlask, ada: FlaskClient) -> None:
    submit(ada, "single", listen())
    msid = ada.get("/1/user/ada/listens").json["payload"]["listens"][0]["recording_msid"]
    ben = client_with(web_app, app_password(web_app, "ben"))
    assert ben.get("/1/user/ada/listens").json == {"code": 404, "error": "There is no such listener."}
    ben.post("/1/delete-listen", json={"listened_at": NOON, "recording_msid": msid})
    assert len(listens_of(web_app)) == 1
    feedback = ben.post("/1/feedback/recording-feedback", json={"score": 1, "recording_msid": msid})
    assert feedback.status_code == 404
