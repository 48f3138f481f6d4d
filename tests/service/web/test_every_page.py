"""Every page of a listener's in a real browser, narrow and wide, by day and by night: nothing may be wrong with any.

Which there are, the application says itself, so a new page takes part at once. Owners' rooms are looked at in
`tests/service/admin/test_owner_journey.py`, which is held to the same.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from apiflask import APIFlask

from service.accounts.admission import new_password_for
from service.accounts.login_sessions import open_session
from service.http.authentication import Access, access_of
from service.http.login_cookie import cookie_name
from tests.axe import faults_in_all_looks
from tests.browsers import complaints_of, open_browser
from tests.service.access_house import House
from tests.service.admin.owned_house import FURTHER_ROOMS, ROOMS
from tests.service.api.served import furnished_house, served
from tests.service.clients import listener, parts_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

# Parts of pages, pictures, and what leads on to a page.
NO_PAGES = re.compile(
    r"/fragments/|/standing$|/sound$|\.(png|svg)$|/list$|/static/|^/(api|rest|1|2\.0)/|/password$|/preview$"
)
TOGETHER = {"/compose/pieces": "?job={made_job_id}", "/library": "?q=piano", "/choose-password": ""}


def _pages_of(web_app: APIFlask) -> dict[str, Access]:
    with web_app.app_context():
        found = {
            rule.rule: access_of(rule.endpoint)
            for rule in web_app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not NO_PAGES.search(rule.rule)
        }
    return {rule: access for rule, access in found.items() if access is not None and access.kind == "page"}


def test_every_room_of_the_owners_is_looked_at(web_app: APIFlask) -> None:
    rooms = {rule for rule, access in _pages_of(web_app).items() if access.owners_only}
    assert len(rooms) > 8
    assert rooms - {*ROOMS, *FURTHER_ROOMS} == set()


@contextmanager
def _as(browser: "Browser", web_app: APIFlask, address: str, name: str) -> Iterator["BrowserContext"]:
    """A browser in which this listener is signed in."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        secret = open_session(db_session, parts.settings, listener(db_session, name).id).secret
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    context.add_cookies([{"name": cookie_name(parts.settings, "session"), "value": secret, "url": address}])
    yield context
    context.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)  # some twenty pages in four looks each
def test_nothing_is_wrong_with_any_page(
    web_app: APIFlask, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("browser")
    house: House = furnished_house(web_app, tmp_path / "music")
    pages = [rule for rule, access in _pages_of(web_app).items() if not access.owners_only]
    assert len(pages) > 12
    with parts_of(web_app).database.session() as db_session:
        new_password_for(db_session, listener(db_session, "newcomer"))
    found, complaints = {}, []
    with served(web_app) as api, open_browser() as browser:
        address = api.removesuffix("/api/v1")
        for name, addresses in (
            ("nobody", ["/sign-in", "/setup"]),
            ("newcomer", ["/choose-password"]),
            ("ada", [*sorted(set(pages) - {"/choose-password"}), "/nowhere"]),
        ):
            with _as(browser, web_app, address, name) as context:
                if name == "nobody":
                    context.clear_cookies()
                complaints = complaints_of(context, address)
                page = context.new_page()
                for rule in addresses:
                    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: house.ids[place[1]], rule)
                    answer = page.goto(path + TOGETHER.get(rule, "").format(**house.ids))
                    assert answer is not None
                    assert answer.status == (404 if rule == "/nowhere" else 200), rule
                    for summary in page.locator("main details > summary").all():
                        summary.click()
                    # What lies under the header, which stays, is scrolled out from there by whoever wants it.
                    page.evaluate("scrollTo(0, 0)")
                    found |= {f"{rule}, {look}": faults for look, faults in faults_in_all_looks(page).items()}
                    page.set_viewport_size({"width": 390, "height": 844})
                    if page.evaluate("document.documentElement.scrollWidth") > 390:
                        found[f"{rule}, 390 px"] = ["it is wider than a phone"]
                assert [each for each in complaints if "/nowhere" not in each and "/cover" not in each] == []
    assert not found, "\n".join(f"{where}: {fault}" for where, faults in found.items() for fault in faults)
