import re

from apiflask import APIFlask
from flask.testing import FlaskClient

from service.compositions.review import decide, find_item
from tests.service.admin.owned_house import OwnedHouse
from tests.service.clients import listener, parts_of


def states_of(web_app: APIFlask, owned: OwnedHouse) -> list[str]:
    with parts_of(web_app).database.session(read_only=True) as db_session:
        return [find_item(db_session, each).state for each in owned.held]


def test_what_is_chosen_is_shown_before_anything_happens(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    chosen = {"item": owned.held[:2], "action": "reject", "reason": "copy"}
    page = owner.post("/review/several/preview", data=chosen).text
    assert "Reject 2 pieces?" in page
    assert "It is too close to music that exists." in page
    assert states_of(web_app, owned) == ["held"] * 5


def test_several_are_decided_and_all_taken_back(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    page = owner.post("/review/several", data={"item": owned.held[:3], "action": "approve"}).text
    assert states_of(web_app, owned) == ["listed"] * 3 + ["held"] * 2
    decisions = re.findall(r'name="decision" value="(\w+)"', page)
    assert len(decisions) == 3
    told = owner.post("/review/several/undo", data={"decision": decisions}, follow_redirects=True).text
    assert "Taken back: 3." in told
    assert states_of(web_app, owned) == ["held"] * 5


def test_what_another_reviewer_decided_meanwhile_stays_as_they_decided(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        cleo = listener(db_session, "cleo", owner=True)
        decide(db_session, parts.settings, cleo.id, owned.held[0], "reject", "silence")
    page = owner.post("/review/several", data={"item": owned.held[:2], "action": "approve"}).text
    assert "This composition was rejected already, by cleo." in page
    assert states_of(web_app, owned)[:2] == ["rejected", "listed"]


def test_a_rejection_without_a_reason_or_of_nothing_is_not_previewed(
    owned: OwnedHouse, owner: FlaskClient
) -> None:
    for sent, said in (
        ({"item": owned.held[:1], "action": "reject"}, "Choose the reason of the rejection."),
        ({"action": "approve"}, "Choose at least one piece."),
        ({"item": owned.held[:1], "action": "burn"}, "Choose what is to be done"),
    ):
        assert said in owner.post("/review/several/preview", data=sent, follow_redirects=True).text
