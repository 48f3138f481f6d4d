import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.jobs import import_history
from service.listening.imports import upload_path
from service.operations.job_queue import run_inline
from service.store.tables import HistoryImport, Job, Listen
from tests.service.clients import browser_of, parts_of

ROWS = [
    {"endTime": f"2026-11-2{day} 20:15", "artistName": "A <b>", "trackName": f"S{day}", "msPlayed": 200_000}
    for day in range(1, 4)
]


def _hand_in(browser: FlaskClient, content: bytes, name: str = "StreamingHistory_music_0.json") -> Any:
    return browser.post("/import", data={"file": (io.BytesIO(content), name)})


def _run_jobs(app: APIFlask) -> None:
    """Do what is queued for imports, as the worker would."""
    parts = parts_of(app)
    with parts.database.session() as db_session:
        jobs = list(
            db_session.scalars(select(Job).where(Job.kind == "import_history", Job.state == "queued"))
        )
        for job in jobs:
            job.state = "cancelled"
    for job in jobs:
        run_inline(parts.database, parts.settings, import_history, job.payload, lambda *_: None, job.user_id)


def _listens(app: APIFlask) -> int:
    with parts_of(app).database.session(read_only=True) as db_session:
        return db_session.scalar(select(func.count()).select_from(Listen)) or 0


def test_a_file_is_looked_at_read_in_with_a_report_and_undone_without_a_script(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    handed_in = _hand_in(browser, json.dumps([*ROWS, {"endTime": "when?"}]).encode())
    assert handed_in.status_code == 303
    address = handed_in.location
    assert "Looking at what it holds" in browser.get(address).text
    assert f'hx-get="{address}/standing"' in browser.get(address).text

    _run_jobs(web_app)
    page = browser.get(address).text
    assert re.search(r"<dt>Listens</dt><dd>3</dd>", page)
    assert 'name="time_zone"' not in page
    assert "hx-get" not in browser.get(f"{address}/standing").text
    assert _listens(web_app) == 0

    assert browser.post(f"{address}/read-in").status_code == 303
    assert "Reading it in" in browser.get(address).text

    _run_jobs(web_app)
    page = browser.get(address).text
    for name, count in (("Read in", 3), ("Known before", 0), ("Passed over", 0), ("Failed", 1)):
        assert f"<dt>{name}</dt><dd>{count}</dd>" in page
    assert "Rows that cannot be read: 1" in page
    assert "line" in page
    assert _listens(web_app) == 3

    undone = browser.post(f"{address}/undo", follow_redirects=True)
    assert "All that came in with" in undone.text
    assert _listens(web_app) == 0
    assert browser.get(address).status_code == 404


def test_a_file_that_names_no_time_zone_asks_for_it(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    log = "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n#CLIENT/a player\nA\tB\tS\t1\t200\tL\t1700000000\t\n"
    address = _hand_in(browser, log.encode(), ".scrobbler.log").location
    _run_jobs(web_app)
    assert 'name="time_zone"' in browser.get(address).text
    for told, sentence in (("", "say which"), ("Middle/Earth", "time zone is named like")):
        refused = browser.post(f"{address}/read-in", data={"time_zone": told})
        assert (refused.status_code, sentence in refused.text) == (400, True)
    assert browser.post(f"{address}/read-in", data={"time_zone": "Europe/Berlin"}).status_code == 303


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 1000, b"not a history", b"<script>alert(1)</script>", b"PK\3\4broken"]
)
def test_what_is_no_history_is_refused_in_a_sentence_and_not_kept(web_app: APIFlask, content: bytes) -> None:
    answer = _hand_in(browser_of(web_app, "ada"), content, "<script>.json")
    assert answer.status_code == 400
    (sentence,) = re.findall(r'<p class="trouble" role="alert">([^<]+)</p>', answer.text)
    assert sentence.endswith(".")
    assert "<script>." not in answer.text
    assert list(parts_of(web_app).settings.uploads_dir.iterdir()) == []


def test_no_file_at_all_is_refused_in_a_sentence(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    assert "Choose a file first" in browser.post("/import", data={}).text
    assert "Choose a file first" in _hand_in(browser, b"", "").text


class _Endless(io.RawIOBase):
    """A body that fails the test when it is read."""

    def readinto(self, _buffer: Any) -> int:
        raise AssertionError("the body was read")

    def readable(self) -> bool:
        return True


def test_a_file_of_four_gigabytes_is_refused_before_any_of_it_is_read(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    answer = browser.post(
        "/import",
        content_type="multipart/form-data; boundary=x",
        headers={"Accept": "text/html"},
        environ_overrides={"wsgi.input": _Endless(), "CONTENT_LENGTH": "4000000000"},
    )
    assert answer.status_code == 413
    assert answer.headers["Connection"] == "close"
    page = browser.get("/import").text
    assert f'data-most-megabytes="{parts_of(web_app).settings.import_megabytes}"' in page


def test_too_many_waiting_files_are_refused_and_the_last_is_not_kept(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    content = json.dumps(ROWS).encode()
    assert [_hand_in(browser, content, f"{n}.json").status_code for n in range(6)] == [303] * 5 + [409]
    assert len(list(parts_of(web_app).settings.uploads_dir.iterdir())) == 5


def test_a_failed_job_is_told_with_its_reason(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    address = _hand_in(browser, json.dumps(ROWS).encode()).location
    with parts_of(web_app).database.session() as db_session:
        job = db_session.scalars(select(Job)).one()
        job.state, job.error = "failed", "The disk is full <i>."
        upload = upload_path(parts_of(web_app).settings, db_session.scalars(select(HistoryImport.id)).one())
    page = browser.get(address).text
    assert "This did not work" in page
    assert "The disk is full &lt;i&gt;." in page
    assert browser.post(f"{address}/undo").status_code == 303
    assert not Path(upload).exists()


def test_another_listeners_import_is_not_there(web_app: APIFlask) -> None:
    address = _hand_in(browser_of(web_app, "ada"), json.dumps(ROWS).encode(), "hers.json").location
    ben = browser_of(web_app, "ben")
    assert [ben.get(address).status_code, ben.get(f"{address}/standing").status_code] == [404, 404]
    assert [ben.post(f"{address}/{verb}").status_code for verb in ("undo", "read-in")] == [404, 404]
    assert "hers.json" not in ben.get("/import").text


def test_a_second_tab_that_reads_in_again_is_told_so(web_app: APIFlask) -> None:
    browser = browser_of(web_app, "ada")
    address = _hand_in(browser, json.dumps(ROWS).encode()).location
    _run_jobs(web_app)
    assert browser.post(f"{address}/read-in").status_code == 303
    assert browser.post(f"{address}/read-in").status_code == 409
