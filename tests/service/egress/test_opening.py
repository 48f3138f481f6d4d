import logging
from collections.abc import Sequence

import pytest

from service.bench.server_process import free_port
from service.egress.log import EgressLog, Errand, list_requests
from service.egress.opening import Fetched, Limits, open_url
from service.errors import HomespunError, InvalidRequest, Unreachable
from service.store.database import Database
from service.store.tables import EgressRequest
from tests.service.egress.odd_servers import Odd, odd_server
from tests.service.small_library import add_listener

FORM = (("u", "ada"), ("p", "a secret"))
# On a busy machine even loopback takes its time.
PATIENT, HASTY = (Limits(seconds=seconds, answer_bytes=1_000) for seconds in (120.0, 0.4))


def opened(
    database: Database, url: str, *, limits: Limits = PATIENT, form: Sequence[tuple[str, str]] = FORM
) -> Fetched:
    return open_url(EgressLog(database), Errand("a test"), url, form, limits)


def refused(database: Database, url: str, limits: Limits = PATIENT) -> HomespunError:
    with pytest.raises(HomespunError) as error:
        opened(database, url, limits=limits)
    assert "secret" not in str(error.value)
    return error.value


def logged(database: Database) -> list[EgressRequest]:
    with database.session(read_only=True) as db_session:
        return list(reversed(list_requests(db_session)))


def test_the_log_is_empty_before_anything_left_the_house(database: Database) -> None:
    assert logged(database) == []


def test_a_form_is_posted_and_written_down_without_what_it_says(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    user_id = add_listener(database).id
    with caplog.at_level(logging.DEBUG), odd_server(lambda *_: Odd(201, b"hello")) as server:
        found = open_url(EgressLog(database), Errand("elsewhere", user_id), f"{server.url}/rest/ping", FORM)
    assert found == Fetched(201, b"hello")
    assert server.received == [("/rest/ping", b"u=ada&p=a+secret")]
    (row,) = logged(database)
    assert (row.feature, row.user_id, row.method, row.path) == ("elsewhere", user_id, "POST", "/rest/ping")
    assert (row.host, row.status) == (server.url.removeprefix("http://"), 201)
    assert (row.sent_bytes, row.received_bytes) == (len(b"u=ada&p=a+secret"), 5)
    assert "secret" not in caplog.text


def test_a_listener_who_is_gone_stays_in_the_log_as_nobody(database: Database) -> None:
    user = add_listener(database)
    EgressLog(database).begin(Errand("elsewhere", user.id), "host", "POST", "/", 1)
    with database.session() as db_session:
        db_session.delete(db_session.get_one(type(user), user.id))
    assert [row.user_id for row in logged(database)] == [None]


def test_what_cannot_be_reached_is_written_down_too(database: Database) -> None:
    error = refused(database, f"http://127.0.0.1:{free_port()}/rest/ping")
    assert (type(error), error.code) == (Unreachable, "unreachable")
    assert [(row.path, row.status, row.received_bytes) for row in logged(database)] == [
        ("/rest/ping", None, 0)
    ]


@pytest.mark.parametrize(
    "odd",
    [Odd(content=b"late", wait_seconds=1.0), Odd(content=b"x" * 100, wait_seconds=0.1, drips=True)],
    ids=["late", "dripping"],
)
def test_an_answer_that_takes_too_long_is_cut(database: Database, odd: Odd) -> None:
    with odd_server(lambda *_: odd) as server:
        error = refused(database, server.url, HASTY)
    assert error.code == "too_slow"
    assert [row.received_bytes < len(odd.content) for row in logged(database)] == [True]


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "5000"}], ids=["no length", "a length"])
def test_no_more_is_taken_than_may_be(database: Database, headers: dict[str, str]) -> None:
    with odd_server(lambda *_: Odd(content=b"x" * 5_000, headers=headers)) as server:
        error = refused(database, server.url)
    assert error.code == "answer_too_large"
    assert [row.received_bytes for row in logged(database)] == [1_001]


def test_an_answer_that_ends_before_its_time_is_none(database: Database) -> None:
    with odd_server(lambda *_: Odd(content=b"x", headers={"Content-Length": "50"})) as server:
        assert refused(database, server.url).code == "unreachable"


def test_a_redirect_within_the_host_is_followed_and_each_request_is_written_down(database: Database) -> None:
    def answer(path: str, _body: bytes) -> Odd:
        return Odd(308, headers={"Location": "/music/rest"}) if path == "/rest" else Odd(content=b"here")

    with odd_server(answer) as server:
        assert opened(database, f"{server.url}/rest").content == b"here"
    assert [body for _, body in server.received] == [b"u=ada&p=a+secret"] * 2
    assert [(row.path, row.status) for row in logged(database)] == [("/rest", 308), ("/music/rest", 200)]


def test_a_redirect_to_another_host_is_refused_and_nothing_is_sent_there(database: Database) -> None:
    with odd_server(lambda *_: Odd()) as other:
        for location in (
            f"{other.url}/rest",
            "http://localhost/",
            "ftp://127.0.0.1/",
            "https://u:p@127.0.0.1/",
        ):
            away = Odd(302, headers={"Location": location})
            with odd_server(lambda *_, away=away: away) as server:
                error = refused(database, server.url)
            assert error.code == "redirected_elsewhere", location
        assert other.received == []


def test_a_server_that_sends_in_circles_is_left(database: Database) -> None:
    with odd_server(lambda *_: Odd(307, headers={"Location": "/"})) as server:
        assert refused(database, server.url).code == "redirected_elsewhere"
    assert len(logged(database)) == 4


@pytest.mark.parametrize(
    "url",
    [
        "",
        "music.example",
        "ftp://music.example",
        "file:///etc/passwd",
        "http://",
        "http://ada:secret@music.example",
        "http://music.example?u=ada",
        "http://music.example:port",
        "http://music.example/\r\nHost: other",
        "http://m\u00fcsic.example",
    ],
)
def test_what_is_no_servers_address_is_refused_before_anything_is_sent(database: Database, url: str) -> None:
    error = refused(database, url)
    assert (type(error), error.code) == (InvalidRequest, "bad_address")
    assert logged(database) == []
