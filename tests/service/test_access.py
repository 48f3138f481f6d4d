"""Every route of the application, asked for by everybody who may not, with the ids of one listener's things.

The routes come from the application itself. What is expected follows from who a view says may call it, so a new route
takes part at once, and fails here until its ids (and its body, if it needs one) are filled in in `access_house.py`.
"""

import sys

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.login_sessions import revoke_sessions
from service.store.ids import new_id
from tests.service.access_house import HOUSE_IDS, Call, House, calls_of, house_of
from tests.service.clients import browser_of, parts_of


@pytest.fixture
def house(web_app: APIFlask) -> House:
    return house_of(web_app)


class Holes:
    """What was not as it must be, and how much was looked at."""

    def __init__(self) -> None:
        self.cells = 0
        self.found: list[str] = []

    def look(self, call: Call, who: str, response: TestResponse, wanted: str, *, holds: bool) -> None:
        self.cells += 1
        if not holds:
            self.found.append(
                f"{call.name} by {who}: {response.status_code} {_code(response)}, wanted {wanted}"
            )


def test_no_route_lets_in_whoever_may_not(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    holes = Holes()
    calls = calls_of(house.app)
    for look in (
        _nobody,
        _without_the_scope,
        _programs_on_pages,
        _the_other_listener,
        _the_owner_of_the_house,
    ):
        look(house, calls, holes)
    with capsys.disabled():
        sys.stdout.write(f"\naccess: {len(calls)} calls, {holes.cells} cells, {len(holes.found)} holes\n")
    assert not holes.found, "\n".join(holes.found)
    assert holes.cells > 4 * len(calls)


def _nobody(house: House, calls: list[Call], holes: Holes) -> None:
    """No key, a key that was revoked, a browser that was signed out."""
    signed_out = browser_of(house.app, "ada")
    with parts_of(house.app).database.session() as db_session:
        revoke_sessions(db_session, house.ids["user_id"])
    strangers = {
        "anonymous": house.app.test_client(),
        "revoked token": house.program("revoked"),
        "signed out": signed_out,
    }
    for call in calls:
        for who, client in strangers.items():
            response = call.ask(client, house.ids)
            if call.access.kind == "page":
                to_sign_in = response.status_code == 303 and "/sign-in" in response.headers["Location"]
                holes.look(call, who, response, "the sign-in page", holds=to_sign_in)
            else:
                refused = response.status_code == 401 and _code(response) == "not_signed_in"
                holes.look(call, who, response, "401", holds=refused)


def _without_the_scope(house: House, calls: list[Call], holes: Holes) -> None:
    """A token of the very person, that was given everything else."""
    for call in calls:
        if call.access.scope is None:
            continue
        who = (
            f"without {call.access.scope}" if call.access.owners_only else f"ada without {call.access.scope}"
        )
        response = call.ask(house.program(who), house.ids)
        refused = response.status_code == 403 and _code(response) == "missing_scope"
        holes.look(call, who, response, "403", holds=refused)


def _programs_on_pages(house: House, calls: list[Call], holes: Holes) -> None:
    """Pages are for browsers."""
    for call in calls:
        if call.access.kind == "page":
            response = call.ask(house.program("rosa"), house.ids)
            holes.look(call, "a token", response, "403", holds=response.status_code == 403)


def _the_other_listener(house: House, calls: list[Call], holes: Holes) -> None:
    """Nothing of ada's is there for ben, who is told the same as about what does not exist."""
    for who, client in (("ben", house.program("ben")), ("ben's browser", browser_of(house.app, "ben"))):
        for call in calls:
            if call.access.kind == "page" and who == "ben":
                continue
            response = call.ask(client, house.ids)
            if call.access.owners_only:
                holes.look(call, who, response, "403", holds=response.status_code == 403)
            elif call.is_private:
                _is_as_if_absent(house, call, who, client, response, holes)
            else:
                allowed = response.status_code not in (401, 403, 404) and response.status_code < 500
                allowed |= _is_unprepared(response) or call.ends_session
                holes.look(call, who, response, "an answer", holds=allowed)
            private = {name: found for name, found in house.ids.items() if name not in HOUSE_IDS}
            # What is no text, such as an archive, has none of them in it either.
            said = response.get_data().decode("utf-8", "replace")
            tells = [name for name, found in private.items() if found in said]
            if not call.is_private:
                holes.look(call, who, response, f"nothing of ada's, not {tells}", holds=not tells)


def _the_owner_of_the_house(house: House, calls: list[Call], holes: Holes) -> None:
    """Owning the house opens what is for owners, and nobody's own things."""
    at_the_desk = house.ids | {"composition_id": house.ids["held_id"]}
    for who, client in (("rosa", house.program("rosa")), ("rosa's browser", browser_of(house.app, "rosa"))):
        for call in calls:
            if call.access.kind == "page" and who == "rosa":
                continue
            if call.access.owners_only:
                response = call.ask(client, at_the_desk)
                allowed = response.status_code not in (401, 403, 404) and response.status_code < 500
                holes.look(call, who, response, "an answer", holds=allowed)
            elif call.is_private:
                response = call.ask(client, house.ids)
                _is_as_if_absent(house, call, who, client, response, holes)


def _is_as_if_absent(
    house: House, call: Call, who: str, client: FlaskClient, response: TestResponse, holes: Holes
) -> None:
    absent = call.ask(client, {name: new_id() for name in house.ids} | {"filename": "nothing.js"})
    told, told_of_absent = _told(response), _told(absent)
    holes.look(call, who, response, "404", holds=response.status_code == 404)
    holes.look(
        call, who, response, f"what is said of nothing: {told_of_absent}", holds=told == told_of_absent
    )


@pytest.mark.parametrize("kind", ["scope", "page"])
def test_each_of_these_answers_whoever_may(house: House, kind: str) -> None:
    """Otherwise 404 for others would prove nothing. Pages and programs take the same things away, so each has its own."""
    browser = browser_of(house.app, "ada")
    order = ("GET", "PUT", "POST", "PATCH", "DELETE")
    calls = [call for call in calls_of(house.app) if call.access.kind == kind and not call.access.owners_only]
    # Throwing a piece away takes its track along.
    calls.sort(
        key=lambda call: (
            call.ends_session,
            call.erases,
            order.index(call.method),
            "/compositions/" in call.name,
        )
    )
    # A piece can be thrown away in two ways, but once.
    another = house.ids | {"composition_id": house.ids["held_id"]}
    refused = []
    for call in calls:
        ids = another if call.name.endswith("/throw-away") else house.ids
        response = call.ask(browser_of(house.app, "ada") if call.ends_session else browser, ids)
        if response.status_code in (400, 401, 403, 404, 405, 415) or (
            response.status_code >= 500 and not _is_unprepared(response)
        ):
            refused.append(f"{call.name}: {response.status_code} {_code(response)} {_told(response)}")
    assert not refused, "\n".join(refused)


def _told(response: TestResponse) -> tuple[int, str | None, str | None]:
    problem = response.get_json(silent=True)
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return response.status_code, _code(response), detail


def _code(response: TestResponse) -> str | None:
    problem = response.get_json(silent=True)
    return problem.get("code") if isinstance(problem, dict) else None


def _is_unprepared(response: TestResponse) -> bool:
    """The house of this test has no search index."""
    return response.status_code == 503 and _code(response) in ("index_missing", "nothing_embedded")
