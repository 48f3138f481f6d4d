from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from service.store.tables import Composition, Job, utc_now
from service.web.piece_page import edit_of
from tests.generator.pieces import small_band
from tests.service.clients import browser_of, listener, parts_of
from tests.service.compositions.written_pieces import keep_written

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def piece(web_app: APIFlask) -> tuple[APIFlask, str]:
    """The application, and Ada's piece whose notes were kept."""
    own = parts_of(web_app)
    with own.database.session() as db_session:
        ada = listener(db_session, "ada").id
    return web_app, keep_written(own.database, own.settings, ada, small_band(2))


def queued(app: APIFlask) -> list[dict[str, Any]]:
    with parts_of(app).database.session(read_only=True) as db_session:
        return [job.payload for job in db_session.scalars(select(Job).order_by(Job.id))]


def test_a_piece_can_be_heard_changed_and_fetched(piece: tuple[APIFlask, str]) -> None:
    app, composition_id = piece
    page = browser_of(app, "ada").get(f"/compositions/{composition_id}").text
    assert "Slow Harbour" in page
    assert "Write a part anew" in page
    assert f"/api/v1/compositions/{composition_id}/midi" in page
    assert "Make stems" in page


def test_what_another_was_composed_is_not_there(piece: tuple[APIFlask, str]) -> None:
    app, composition_id = piece
    ben = browser_of(app, "ben")
    for address in (f"/compositions/{composition_id}", f"/fragments/compositions/{composition_id}/files"):
        answer = ben.get(address)
        assert answer.status_code == 404
        assert "Slow Harbour" not in answer.text
    told = {"kind": "loop"}
    assert ben.post(f"/compositions/{composition_id}/edits", data=told).status_code == 404
    assert ben.post(f"/compositions/{composition_id}/throw-away").status_code == 404


@pytest.mark.parametrize(
    ("told", "edit"),
    [
        ({"kind": "regenerate", "rows": "drums", "first_bar": "3"}, {"rows": ["drums"], "first_bar": 3}),
        ({"kind": "continue", "bars": "4"}, {"bars": 4}),
        ({"kind": "vary", "amount": "0.5"}, {"amount": 0.5}),
        ({"kind": "transpose", "semitones": "-3"}, {"semitones": -3}),
        ({"kind": "stems"}, {}),
    ],
)
def test_the_plain_form_queues_a_change_and_shows_it(
    piece: tuple[APIFlask, str], told: dict[str, str], edit: dict[str, Any]
) -> None:
    app, composition_id = piece
    answer = browser_of(app, "ada").post(f"/compositions/{composition_id}/edits", data=told)
    assert answer.status_code == 303
    assert "/compose/pieces?job=" in answer.location
    assert queued(app)[-1]["edit"] == {"kind": told["kind"]} | edit
    page = browser_of(app, "ada").get(f"/compositions/{composition_id}").text
    assert page.count('class="card open"') == 1


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"kind": "explode"}, "cannot be changed in this way"),
        ({"kind": "regenerate"}, "Choose at least one part"),
        ({"kind": "transpose", "semitones": "900"}, "between -24 and 24"),
        ({"kind": "transpose", "semitones": ""}, "must be given"),
        ({"kind": "continue", "bars": "9" * 5000}, "between 1 and 64"),
        ({"kind": "vary", "amount": "nan"}, "between 0.05 and 1"),
        ({"kind": "tempo", "tempo_bpm": "quick"}, "between 50 and 190"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page_of_the_piece(
    piece: tuple[APIFlask, str], told: dict[str, str], sentence: str
) -> None:
    app, composition_id = piece
    answer = browser_of(app, "ada").post(f"/compositions/{composition_id}/edits", data=told)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Slow Harbour" in answer.text
    assert queued(app) == []


@pytest.mark.parametrize("title", ["", "x" * 100_000, "a\0b"])
def test_a_title_that_is_none_is_refused(piece: tuple[APIFlask, str], title: str) -> None:
    app, composition_id = piece
    answer = browser_of(app, "ada").post(f"/compositions/{composition_id}/title", data={"title": title})
    assert answer.status_code == 400
    assert "A title is one line of 1 to 200 characters" in answer.text


def test_a_title_of_script_and_turned_letters_stays_text(piece: tuple[APIFlask, str]) -> None:
    app, composition_id = piece
    browser = browser_of(app, "ada")
    title = f"{SCRIPT} \u202eabc"
    assert browser.post(f"/compositions/{composition_id}/title", data={"title": title}).status_code == 303
    page = browser.get(f"/compositions/{composition_id}").text
    assert SCRIPT not in page
    assert "<bdi>&lt;script&gt;" in page


def test_versions_are_a_family(piece: tuple[APIFlask, str]) -> None:
    app, composition_id = piece
    own = parts_of(app)
    with own.database.session() as db_session:
        ada = listener(db_session, "ada").id
    child = keep_written(own.database, own.settings, ada, small_band(2))
    with own.database.session() as db_session:
        row = db_session.get_one(Composition, child)
        row.parent_id, row.title = composition_id, "Slow Harbour (rewritten)"
        row.edit = {"kind": "regenerate", "rows": ["drums"]}
    browser = browser_of(app, "ada")
    for each in (composition_id, child):
        versions = browser.get(f"/fragments/compositions/{each}/versions").text
        assert versions.count('class="version ') == 2
        assert "drums rewritten" in versions
        assert "as it was composed" in versions
    with own.database.session() as db_session:
        db_session.get_one(Composition, composition_id).expired_at = utc_now()
    assert "Only this one so far" in browser.get(f"/fragments/compositions/{child}/versions").text


def test_thrown_away_it_is_gone(piece: tuple[APIFlask, str]) -> None:
    app, composition_id = piece
    browser = browser_of(app, "ada")
    assert browser.post(f"/compositions/{composition_id}/throw-away").status_code == 303
    assert browser.get(f"/compositions/{composition_id}").status_code == 404


def test_an_edit_takes_no_more_rows_than_there_are() -> None:
    form = MultiDict([("kind", "regenerate"), ("rows", "drums"), ("rows", "kazoo")])
    assert edit_of(form) == {"kind": "regenerate", "rows": ["drums"]}
