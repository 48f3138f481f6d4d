import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.elsewhere.accounts import find_account
from service.elsewhere.server import name_server
from service.store.tables import Job, utc_now
from tests.service.clients import browser_of, listener, parts_of

URL = "http://127.0.0.1:9"
ACCOUNT = {"elsewhere_name": "ada there", "elsewhere_password": "sesame"}
REPORT = {
    "songs": 1_200,
    "matched_songs": 900,
    "played_songs": 0,
    "listens": 31,
    "thumbs": 7,
    "duplicate": 3,
    "skipped": {},
    "failed": 1,
    "failures": ["song line 6: no title"],
    "playlists": 4,
    "pieces_put": 2,
    "pieces_removed": 0,
    "import_id": None,
}


@pytest.fixture
def ada(web_app: APIFlask) -> FlaskClient:
    """A browser of Ada's, in a house beside another server."""
    with parts_of(web_app).database.session() as db_session:
        name_server(db_session, URL)
    return browser_of(web_app, "ada")


def end_sync(web_app: APIFlask, **columns: object) -> None:
    """The sync that was asked for is over: done, or as ``columns`` say."""
    with parts_of(web_app).database.session() as db_session:
        job = db_session.scalars(select(Job).where(Job.kind == "sync_elsewhere", Job.state == "queued")).one()
        job.state, job.finished_at = "done", utc_now()
        for name, value in columns.items():
            setattr(job, name, value)
        account = find_account(db_session, listener(db_session, "ada").id)
        assert account is not None
        if job.state == "done":
            account.report, account.synced_at = REPORT, utc_now()


def test_the_account_page_knows_no_other_server_before_an_owner_named_one(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    assert "Another server" not in browser.get("/account").text
    refused = browser.post("/account/elsewhere", data=ACCOUNT)
    assert (refused.status_code, "An owner of the house has to name" in refused.text) == (409, True)
    assert browser.post("/account/elsewhere/sync").status_code == 409
    assert browser.get("/account/elsewhere/standing").status_code == 200


def test_a_listener_signs_in_there_follows_the_sync_and_sees_what_it_did(
    web_app: APIFlask, ada: FlaskClient
) -> None:
    page = ada.get("/account").text
    assert URL in page
    assert "Sign in there" in page
    assert ada.post("/account/elsewhere", data=ACCOUNT).headers["Location"].endswith("/account#elsewhere")

    page = ada.get("/account").text
    assert "ada there" in page
    assert "sesame" not in page
    assert "Compare now" not in page
    moving = ada.get("/account/elsewhere/standing").text
    assert 'hx-trigger="every 1s"' in moving
    assert 'role="progressbar"' in moving

    end_sync(web_app)
    still = ada.get("/account/elsewhere/standing").text
    assert "hx-trigger" not in still
    for said in ("1,200", "900", "<dd>31</dd>", "<dd>7</dd>", "song line 6: no title", "It told of no song"):
        assert said in still
    assert "Pieces put there" not in still

    assert ada.post("/account/elsewhere/sync").status_code == 303
    end_sync(web_app, state="failed", error="music.example cannot be reached.")
    assert "music.example cannot be reached." in ada.get("/account").text


def test_a_password_that_is_not_taken_is_asked_for_again(web_app: APIFlask, ada: FlaskClient) -> None:
    ada.post("/account/elsewhere", data=ACCOUNT)
    end_sync(web_app, state="failed", error="The other server does not take this name and password.")
    with parts_of(web_app).database.session() as db_session:
        account = find_account(db_session, listener(db_session, "ada").id)
        assert account is not None
        account.refused_at = utc_now()
    page = ada.get("/account").text
    assert "It does not take this name and password any more" in page
    assert "Compare now" not in page
    ada.post("/account/elsewhere", data=ACCOUNT | {"sends_password": "on", "with_pieces": "on"})
    with parts_of(web_app).database.session(read_only=True) as db_session:
        account = find_account(db_session, listener(db_session, "ada").id)
        assert account is not None
        assert (account.refused_at, account.sends_password, account.with_pieces) == (None, True, True)


@pytest.mark.parametrize("changed", [{"elsewhere_name": " "}, {"elsewhere_password": ""}])
def test_an_account_without_a_name_or_password_is_refused(ada: FlaskClient, changed: dict[str, str]) -> None:
    answer = ada.post("/account/elsewhere", data=ACCOUNT | changed)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_an_account_is_left_and_another_listeners_stays(web_app: APIFlask, ada: FlaskClient) -> None:
    ben = browser_of(web_app, "ben")
    for browser in (ada, ben):
        browser.post("/account/elsewhere", data=ACCOUNT)
    assert "ada there" in ada.get("/account").text
    page = ada.post("/account/elsewhere/leave", data={"undo": "on"}, follow_redirects=True).text
    assert "what came in is taken back" in page
    assert "Sign in there" in page
    assert "Leave that server" in ben.get("/account").text
