import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.compositions.review import decide, undo
from service.operations.house_acts import note_act
from service.store.database import Database
from tests.service.admin.owned_house import OwnedHouse
from tests.service.clients import listener, parts_of


def test_who_did_what_is_told_with_before_and_after(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        decision = decide(db_session, parts.settings, ada.id, owned.held[0], "reject", "copy")
        undo(db_session, ada.id, decision.id)
    owner.post(f"/admin/listeners/{owned.ben_id}/quota", data={"daily": "3"})
    owner.post(f"/admin/listeners/{owned.ben_id}/turn-away")
    page = owner.get("/admin/log").text
    lines = page.split("<tbody>")[1].split("</tr>")
    for line, said in zip(
        lines,
        (
            ("turned a listener away", "ben", "may come in", "turned away"),
            ("changed limits", "ben", "daily none, megabytes none", "daily 3, megabytes none"),
            ("took a decision back", "Slow Harbour", "rejected", "waits"),
            (
                "rejected",
                "Slow Harbour",
                "waits",
                "rejected: It is too close to music that exists.",
                "taken back",
            ),
        ),
        strict=False,
    ):
        assert all(each in line for each in ("ada", *said)), line


def test_a_long_log_goes_on_where_its_page_stopped(
    web_app: APIFlask, owned: OwnedHouse, owner: FlaskClient
) -> None:
    with parts_of(web_app).database.session() as db_session:
        ada = listener(db_session, "ada")
        for number in range(60):
            after = {"daily": number}
            note_act(db_session, ada.id, "change_quota", ("listener", owned.ben_id), after=after)
    first = owner.get("/admin/log").text
    assert "daily 59" in first
    assert "daily 10<" in first
    assert "daily 9<" not in first
    address = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    rest = owner.get(address).text
    assert "daily 9<" in rest
    assert "daily 10<" not in rest


def test_no_line_can_be_changed_or_taken_out(database: Database) -> None:
    with database.session() as db_session:
        ada = listener(db_session, "ada")
        note_act(db_session, ada.id, "let_in", ("listener", ada.id))
    for statement in ("UPDATE house_act SET action = 'x'", "DELETE FROM house_act"):
        with pytest.raises(DBAPIError), database.session() as db_session:
            db_session.execute(text(statement))


@pytest.mark.parametrize("odd", ["\0", "x", "0" * 200, "'; --"])
def test_what_is_no_place_in_a_list_is_its_beginning(owner: FlaskClient, odd: str) -> None:
    for address in ("/admin/log", "/admin/jobs", "/admin/jobs/list"):
        assert owner.get(address, query_string={"before": odd}).status_code == 200
