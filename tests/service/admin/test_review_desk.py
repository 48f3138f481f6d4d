import io
import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image

from service.compositions import review
from service.errors import Conflict
from tests.service.admin.owned_house import OwnedHouse
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


def test_one_piece_after_the_other_can_be_reached_by_keys(owned: OwnedHouse, owner: FlaskClient) -> None:
    first, second, third = owned.held[:3]
    page = owner.get("/review").text
    assert f'data-item="{first}"' in page
    assert f'data-next="/review/{second}"' in page
    assert "data-previous" not in page
    page = owner.get(f"/review/{second}").text
    assert f'data-previous="/review/{first}"' in page
    assert f'data-next="/review/{third}"' in page


def test_what_was_put_off_waits_behind_all_others_until_that_is_taken_back(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    parts, first = parts_of(web_app), owned.held[0]
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        decision = review.decide(db_session, parts.settings, ada.id, first, "hold")
    with parts.database.session() as db_session:
        assert [item.id for item in review.desk_queue(db_session, 9)] == [*owned.held[1:], first]
    assert f'data-item="{owned.held[1]}"' in owner.get("/review").text
    with parts.database.session() as db_session:
        review.undo(db_session, ada.id, decision.id)
    assert f'data-item="{first}"' in owner.get("/review").text


def test_a_decision_that_a_later_one_followed_is_not_taken_back(web_app: APIFlask, owned: OwnedHouse) -> None:
    parts, first = parts_of(web_app), owned.held[0]
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        hold = review.decide(db_session, parts.settings, ada.id, first, "hold")
        review.decide(db_session, parts.settings, ada.id, first, "approve")
    with parts.database.session() as db_session, pytest.raises(Conflict) as refused:
        review.undo(db_session, ada.id, hold.id)
    assert refused.value.code == "already_undone"
    with parts.database.session(read_only=True) as db_session:
        assert review.find_item(db_session, first).state == "listed"


def test_whoever_comes_second_is_told_who_decided_what(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    parts, first = parts_of(web_app), owned.held[0]
    assert owner.get(f"/review/{first}/standing").text.strip() == ""
    with parts.database.session() as db_session:
        cleo = listener(db_session, "cleo", owner=True)
        review.claim(db_session, cleo.id, first)
    assert "cleo is looking at this piece" in owner.get(f"/review/{first}/standing").text
    with parts.database.session() as db_session:
        review.decide(db_session, parts.settings, cleo.id, first, "reject", "other", "too loud")
    told = owner.get(f"/review/{first}/standing").text
    assert "Rejected by cleo" in told
    assert "too loud" in told
    late = owner.post(f"/api/v1/admin/review/{first}/decision", json={"action": "approve"})
    assert (late.status_code, late.json["code"]) == (409, "already_decided")
    assert "rejected already, by cleo" in late.json["detail"]


def test_outline_tones_and_notes_are_drawn(owned: OwnedHouse, owner: FlaskClient) -> None:
    page = owner.get(f"/review/{owned.held[0]}/sound").text
    assert 'class="lane-picture outline"' in page
    for row, notes in (("lead", 24), ("comp", 12), ("bass", 12), ("drums", 24)):
        assert re.search(rf'class="row-{row}">.*?{row} <span class="quiet">{notes}<', page)
    picture = Image.open(io.BytesIO(owner.get(f"/review/{owned.held[0]}/tones.png").data))
    assert picture.format == "PNG"
    assert picture.height == 144


def test_a_part_of_the_desk_comes_alone_to_scripts(owned: OwnedHouse, owner: FlaskClient) -> None:
    address = f"/review/{owned.held[0]}/sound"
    assert "<html" in owner.get(address).text
    assert "<html" not in owner.get(address, headers={"HX-Request": "true"}).text


def test_notes_that_cannot_be_read_are_said_to_be_so(web_app: APIFlask, held: str) -> None:
    assert "The notes cannot be read." in browser_of(web_app, "ada").get(f"/review/{held}/sound").text


def test_odd_titles_do_no_harm(owned: OwnedHouse, owner: FlaskClient) -> None:
    for composition_id in owned.held:
        page = owner.get(f"/review/{composition_id}").text
        assert "<script>alert" not in page
        assert len(page) < 60_000
    assert 'dir="auto">\u202e' in owner.get(f"/review/{owned.held[2]}").text


def test_what_is_repeated_of_the_training_music_is_told(owned: OwnedHouse, owner: FlaskClient) -> None:
    page = owner.get(f"/review/{owned.held[0]}").text
    assert re.search(
        r'<tr class="bad"><th scope="row">Tune</th><td>14 beats .*?\(7 s\).*?<td>12 %</td>', page
    )
    assert "A tune, by nobody" in page


def test_the_nearest_tracks_stand_beside_with_their_tempo_and_can_be_played(
    owned: OwnedHouse, owner: FlaskClient
) -> None:
    page = owner.get(f"/review/{owned.held[0]}").text
    assert page.count("data-beside=") == 4
    assert "100 bpm" in page


def test_a_reviewer_holds_one_piece_at_a_time(web_app: APIFlask, owned: OwnedHouse) -> None:
    first, second = owned.held[:2]
    with parts_of(web_app).database.session() as db_session:
        cleo = listener(db_session, "cleo", owner=True)
        review.claim(db_session, cleo.id, first)
        review.claim(db_session, cleo.id, second)
        claimed = [review.find_item(db_session, each).claimed_by for each in (first, second)]
    assert claimed == [None, "cleo"]
