import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask import request
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.http.authentication import requires, viewer
from service.http.idempotency import Answer, answered_once
from service.settings import Settings
from service.store.tables import AnsweredRequest, User
from service.store.tables.base import utc_now
from tests.service.clients import client_of, parts_of
from tests.service.http.small_app import small_app

PATH = "/api/v1/names"


def _with_names(app: APIFlask) -> APIFlask:
    """A POST that adds one to the listener's revision, and tells the new one."""

    def add(db_session: Session) -> Answer:
        if request.get_json().get("fails"):
            raise Conflict("Not now.", code="not_now")
        return {"revision": _raise_revision(db_session)}, 201, {"Location": "/somewhere"}

    def add_name() -> Any:
        return answered_once(add, holds_secret=request.get_json().get("secret", False))

    app.add_url_rule(PATH, "names", requires("listens:write")(add_name), methods=["POST"])
    return app


def _raise_revision(db_session: Session) -> int:
    user = db_session.get_one(User, viewer().user_id)
    user.list_revision += 1
    return user.list_revision


def _rows(app: APIFlask) -> int:
    with parts_of(app).database.session(read_only=True) as db_session:
        return db_session.scalar(select(func.count()).select_from(AnsweredRequest)) or 0


def test_without_a_key_every_request_acts(app: APIFlask) -> None:
    client = client_of(_with_names(app))

    assert [client.post(PATH, json={}).json["revision"] for _ in range(2)] == [1, 2]
    assert _rows(app) == 0


def test_with_a_key_it_acts_once_and_answers_alike(app: APIFlask) -> None:
    client = client_of(_with_names(app))

    first, again = (client.post(PATH, json={}, headers={"Idempotency-Key": "k1"}) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json == {"revision": 1}
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_key_that_came_with_another_request_is_refused(app: APIFlask) -> None:
    client = client_of(_with_names(app))
    client.post(PATH, json={}, headers={"Idempotency-Key": "k1"})

    refused = client.post(PATH, json={"other": 1}, headers={"Idempotency-Key": "k1"})

    assert (refused.status_code, refused.json["code"]) == (409, "idempotency_key_reused")


def test_two_listeners_may_use_one_key(app: APIFlask) -> None:
    _with_names(app)

    for name in ("ada", "bea"):
        answer = client_of(app, name).post(PATH, json={}, headers={"Idempotency-Key": "k1"})
        assert answer.json == {"revision": 1}


def test_a_request_that_failed_may_be_sent_again(app: APIFlask) -> None:
    client = client_of(_with_names(app))
    failed = client.post(PATH, json={"fails": True}, headers={"Idempotency-Key": "k1"})

    assert failed.status_code == 409
    assert _rows(app) == 0
    assert client.post(PATH, json={}, headers={"Idempotency-Key": "k1"}).status_code == 201


def test_what_was_answered_is_forgotten_after_a_day(app: APIFlask) -> None:
    client = client_of(_with_names(app))
    client.post(PATH, json={}, headers={"Idempotency-Key": "k1"})
    with parts_of(app).database.session() as db_session:
        db_session.execute(update(AnsweredRequest).values(created_at=utc_now() - timedelta(hours=25)))

    again = client.post(PATH, json={}, headers={"Idempotency-Key": "k1"})

    assert again.json == {"revision": 2}
    assert _rows(app) == 1


def test_an_answer_that_is_shown_once_is_never_kept(app: APIFlask) -> None:
    client = client_of(_with_names(app))

    refused = client.post(PATH, json={"secret": True}, headers={"Idempotency-Key": "k1"})

    assert (refused.status_code, refused.json["code"]) == (400, "idempotency_key_refused")
    assert _rows(app) == 0


def test_of_two_at_once_one_acts_where_the_store_lets_both_begin(postgres_settings: Settings) -> None:
    both_have_begun = threading.Barrier(2, timeout=20)

    def add(db_session: Session) -> Answer:
        both_have_begun.wait()
        return {"revision": _raise_revision(db_session)}, 201, {}

    with small_app(postgres_settings) as app, ThreadPoolExecutor(2) as pool:
        app.add_url_rule(
            PATH, "names", requires("listens:write")(lambda: answered_once(add)), methods=["POST"]
        )
        clients = [client_of(app) for _ in range(2)]
        posts = [
            pool.submit(client.post, PATH, json={}, headers={"Idempotency-Key": "k1"}) for client in clients
        ]
        answers = [post.result() for post in posts]

        assert [answer.json for answer in answers] == [{"revision": 1}] * 2
        assert {answer.headers.get("Idempotency-Replayed") for answer in answers} == {None, "true"}


@pytest.mark.parametrize("key", ["", "x" * 201, "é"])
def test_a_key_is_short_and_plain(app: APIFlask, key: str) -> None:
    refused = client_of(_with_names(app)).post(PATH, json={}, headers={"Idempotency-Key": key})

    assert (refused.status_code, refused.json["code"]) == (400, "bad_idempotency_key")
