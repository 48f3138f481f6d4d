import pytest
from apiflask import APIFlask

from service.compositions import review
from tests.service.clients import browser_of, listener, parts_of
from tests.service.compositions.held_pieces import keep_piece

TITLE = "<b>Slow</b> Harbour"


@pytest.fixture
def held(web_app: APIFlask) -> str:
    """The id of a piece that was composed for Ben and waits."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        listener(db_session, "ada", owner=True)
        ben = listener(db_session, "ben")
    return keep_piece(parts.database, parts.settings, ben.id, title=TITLE)


def test_the_desk_is_for_owners(web_app: APIFlask, held: str) -> None:
    assert browser_of(web_app, "ada").get("/review").status_code == 200
    answer = browser_of(web_app, "ben").get("/review")
    assert answer.status_code == 403
    assert held not in answer.text
    assert web_app.test_client().get("/review").status_code == 303


def test_the_desk_shows_what_was_asked_beside_what_was_measured_and_why_it_waits(
    web_app: APIFlask, held: str
) -> None:
    page = browser_of(web_app, "ada").get("/review").text
    assert f'data-item="{held}"' in page
    for said in ("1 piece waits", "100 bpm", "E flat minor", "-14.0 LUFS", "clips: 9 samples at full scale"):
        assert said in page


def test_the_desk_never_says_whose_a_piece_is(web_app: APIFlask, held: str) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ben = listener(db_session, "ben")
    page = browser_of(web_app, "ada").get("/review").text
    assert held in page
    assert ben.id not in page
    assert "ben" not in page.replace("Harbour", "").split("<main", 1)[1].split("</main>", 1)[0]


def test_tags_in_a_title_are_shown_as_they_are_written(web_app: APIFlask, held: str) -> None:
    page = browser_of(web_app, "ada").get("/review").text
    assert held in page
    assert "&lt;b&gt;Slow&lt;/b&gt; Harbour" in page
    assert TITLE not in page


def test_a_piece_at_which_another_looks_is_left_to_them(web_app: APIFlask, held: str) -> None:
    with parts_of(web_app).database.session() as db_session:
        cleo = listener(db_session, "cleo", owner=True)
        review.claim(db_session, cleo.id, held)
    page = browser_of(web_app, "ada").get("/review").text
    assert "with another reviewer" in page
    assert f'data-item="{held}"' not in page


def test_a_decision_can_be_undone_from_the_desk_while_it_is_in_force(web_app: APIFlask, held: str) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        decision = review.decide(db_session, parts.settings, ada.id, held, "reject", "copy")
    browser = browser_of(web_app, "ada")
    page = browser.get("/review").text
    assert "The desk is clear" in page
    assert f'data-decision="{decision.id}"' in page
    with parts.database.session() as db_session:
        review.undo(db_session, ada.id, decision.id)
    page = browser.get("/review").text
    assert f'data-decision="{decision.id}"' not in page
    assert "taken back since" in page
