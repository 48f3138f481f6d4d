import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.event_streams import STREAMS_PER_LISTENER
from service.operations.job_queue import end_job, enqueue
from service.operations.job_requests import scan_library, update_taste
from service.store.tables import Job, utc_now
from tests.service.clients import client_of, listener, parts_of

API = "/api/v1"


@pytest.fixture
def ada(web_app: APIFlask) -> FlaskClient:
    return client_of(web_app, "ada")


@pytest.fixture
def job_id(ada: FlaskClient) -> str:
    return str(ada.post(f"{API}/profile/taste/rebuild").json["id"])


def change(web_app: APIFlask, job_id: str, **values: Any) -> None:
    with parts_of(web_app).database.session() as db_session:
        job = db_session.get_one(Job, job_id)
        if "state" in values:
            end_job(db_session, job, values.pop("state"), result={"tastes": 2})
        for name, value in values.items():
            setattr(job, name, value)
        job.revision += 1


def events_in(text: str) -> list[tuple[int, dict[str, Any]]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block.startswith("id: ")]
    return [(int(lines[0][4:]), json.loads(lines[2][6:])) for lines in blocks]


def test_long_work_is_answered_with_where_it_can_be_followed(ada: FlaskClient) -> None:
    answer = ada.post(f"{API}/profile/taste/rebuild")

    assert answer.status_code == 202
    assert ada.get(answer.headers["Location"]).json == answer.json
    assert answer.json["state"] == "queued"


def test_a_job_is_told_as_it_happens_until_it_ends(web_app: APIFlask, ada: FlaskClient, job_id: str) -> None:
    def work() -> None:
        time.sleep(0.3)
        change(web_app, job_id, progress=0.5, progress_text="Half")
        time.sleep(0.9)
        change(web_app, job_id, state="done")

    worker = threading.Thread(target=work)
    worker.start()
    answer = ada.get(f"{API}/jobs/{job_id}/events")
    told = events_in(answer.get_data(as_text=True))
    worker.join()

    assert answer.mimetype == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert [job["state"] for _, job in told] == ["queued", "queued", "done"]
    assert [job["progress"] for _, job in told[:2]] == [0.0, 0.5]
    assert told[-1][1]["result"] == {"tastes": 2}
    revisions = [revision for revision, _ in told]
    assert revisions == sorted(set(revisions))


def test_a_broken_stream_goes_on_where_it_was(web_app: APIFlask, ada: FlaskClient, job_id: str) -> None:
    change(web_app, job_id, progress=0.5)
    seen = ada.get(f"{API}/jobs/{job_id}").json["revision"]
    change(web_app, job_id, state="done")

    answer = ada.get(f"{API}/jobs/{job_id}/events", headers={"Last-Event-ID": str(seen)})
    told = events_in(answer.get_data(as_text=True))

    assert [job["state"] for _, job in told] == ["done"]
    again = ada.get(f"{API}/jobs/{job_id}/events", headers={"Last-Event-ID": str(told[0][0])})
    assert again.status_code == 204


def test_a_listener_may_watch_so_many_jobs_at_once(web_app: APIFlask, ada: FlaskClient, job_id: str) -> None:
    open_streams = [
        ada.get(f"{API}/jobs/{job_id}/events", buffered=False) for _ in range(STREAMS_PER_LISTENER)
    ]
    refused = ada.get(f"{API}/jobs/{job_id}/events")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_streams")
    assert int(refused.headers["Retry-After"]) > 0

    for stream in open_streams:
        stream.close()
    change(web_app, job_id, state="done")
    assert ada.get(f"{API}/jobs/{job_id}/events").status_code == 200


def test_a_job_is_called_off_and_run_again(ada: FlaskClient, job_id: str) -> None:
    assert ada.delete(f"{API}/jobs/{job_id}").json["state"] == "cancelled"
    assert ada.delete(f"{API}/jobs/{job_id}").status_code == 202

    assert ada.post(f"{API}/jobs/{job_id}/retry").json["state"] == "queued"
    again = ada.post(f"{API}/jobs/{job_id}/retry")
    assert (again.status_code, again.json["code"]) == (409, "job_not_failed")


def test_a_job_is_paused_and_goes_on_and_who_watches_sees_it(
    web_app: APIFlask, ada: FlaskClient, job_id: str
) -> None:
    paused = ada.post(f"{API}/jobs/{job_id}/pause")
    assert (paused.status_code, paused.json["state"]) == (200, "paused")
    assert [job["id"] for job in ada.get(f"{API}/jobs?state=paused").json["items"]] == [job_id]
    stream = ada.get(f"{API}/jobs/{job_id}/events", buffered=False)
    events = (chunk.decode() for chunk in stream.iter_encoded())
    assert '"state":"paused"' in next(event for event in events if "data:" in event)
    stream.close()
    assert ada.post(f"{API}/jobs/{job_id}/resume").json["state"] == "queued"
    change(web_app, job_id, state="done")
    over = ada.post(f"{API}/jobs/{job_id}/pause")
    assert (over.status_code, over.json["code"]) == (409, "job_over")


def test_the_owner_pauses_the_houses_jobs_and_nobody_else_does(web_app: APIFlask, ada: FlaskClient) -> None:
    rosa = client_of(web_app, "rosa", owner=True)
    backup = rosa.post(f"{API}/admin/backups").json["id"]
    assert ada.post(f"{API}/jobs/{backup}/pause").status_code == 404
    assert rosa.post(f"{API}/jobs/{backup}/pause").json["state"] == "paused"


def test_the_time_a_running_job_takes_yet_is_told_once_it_can_be(
    web_app: APIFlask, ada: FlaskClient, job_id: str
) -> None:
    began = utc_now() - timedelta(seconds=60)
    change(web_app, job_id, started_at=began, progress=0.0)
    with parts_of(web_app).database.session() as db_session:
        db_session.get_one(Job, job_id).state = "running"
    assert ada.get(f"{API}/jobs/{job_id}").json["seconds_left"] is None
    change(web_app, job_id, progress=0.75)
    assert ada.get(f"{API}/jobs/{job_id}").json["seconds_left"] == pytest.approx(20, abs=2)


def test_somebody_elses_job_is_not_there(web_app: APIFlask, job_id: str) -> None:
    for other in (client_of(web_app, "bob"), client_of(web_app, "rosa", owner=True)):
        for answer in (
            other.get(f"{API}/jobs/{job_id}"),
            other.get(f"{API}/jobs/{job_id}/events"),
            other.delete(f"{API}/jobs/{job_id}"),
            other.post(f"{API}/jobs/{job_id}/retry"),
            other.post(f"{API}/jobs/{job_id}/pause"),
            other.post(f"{API}/jobs/{job_id}/resume"),
        ):
            assert (answer.status_code, answer.json["code"]) == (404, "unknown_job")


def test_an_owner_sees_that_listeners_jobs_ran_and_not_what_came_of_them(
    web_app: APIFlask, job_id: str
) -> None:
    change(web_app, job_id, state="done")
    rosa = client_of(web_app, "rosa", owner=True)

    shown = [job for job in rosa.get(f"{API}/admin/jobs").json["items"] if job["id"] == job_id]

    assert [(job["state"], job["result"]) for job in shown] == [("done", None)]
    backup = rosa.post(f"{API}/admin/backups")
    assert rosa.get(backup.headers["Location"]).json["kind"] == "backup"


def test_all_jobs_under_way_are_told_in_one_stream_until_each_is_over(
    web_app: APIFlask, ada: FlaskClient, job_id: str
) -> None:
    bob = client_of(web_app, "bob")
    with parts_of(web_app).database.session() as db_session:
        theirs = enqueue(db_session, update_taste(listener(db_session, "bob").id)).id
    stream = ada.get(f"{API}/jobs/events", buffered=False)
    told = jobs_in(stream)
    assert [next(told)["id"]] == [job_id]

    change(web_app, theirs, progress=0.3)
    change(web_app, job_id, progress=0.5)
    assert (next(told)["progress"], bob.get(f"{API}/jobs/{theirs}").json["progress"]) == (0.5, 0.3)
    with parts_of(web_app).database.session() as db_session:
        db_session.get_one(Job, job_id).state = "running"
        later = enqueue(db_session, scan_library("/music"))
        later.user_id = listener(db_session, "ada").id
        later_id = later.id
    assert next(told)["id"] == later_id
    change(web_app, job_id, state="done")
    assert (next(told)["state"], bob.get(f"{API}/jobs/{theirs}").status_code) == ("done", 200)
    change(web_app, later_id, state="cancelled")
    assert [job["state"] for job in told] == ["cancelled"]


def test_an_owner_is_told_of_everybodys_jobs_and_not_what_is_in_them(web_app: APIFlask, job_id: str) -> None:
    change(web_app, job_id, progress=0.5)
    rosa = client_of(web_app, "rosa", owner=True)
    stream = rosa.get(f"{API}/admin/jobs/events", buffered=False)
    told = jobs_in(stream)
    assert next(told)["id"] == job_id
    with parts_of(web_app).database.session() as db_session:
        end_job(
            db_session,
            db_session.get_one(Job, job_id),
            "failed",
            error="A secret of Ada's.",
            error_code="any",
        )
    over = next(told)
    assert (over["state"], over["error"], over["result"]) == ("failed", None, None)
    stream.close()
    assert client_of(web_app, "ada").get(f"{API}/admin/jobs/events").status_code == 403


def jobs_in(stream: TestResponse) -> Iterator[dict[str, Any]]:
    """The jobs that a stream tells of, as they come."""
    for chunk in stream.iter_encoded():
        for line in chunk.decode().splitlines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
