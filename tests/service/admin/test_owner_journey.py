"""The owner's rooms in a real browser: reviewed by keyboard alone, a model rolled back, a job that dies while it is watched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from service.compositions.review import find_item
from service.operations.job_queue import end_job
from service.operations.model_versions import in_use
from service.store.tables import Job
from tests.axe import faults_in_all_looks
from tests.browsers import complaints_of, open_browser
from tests.service.admin.owned_house import PASSWORD, ROOMS, TITLES, OwnedHouse
from tests.service.clients import parts_of
from tests.service.web_server import web_server


@contextmanager
def _signed_in(web_app: APIFlask) -> Iterator[tuple[Any, list[str]]]:
    """A page in which Ada is signed in, and what the browser complains of."""
    with web_server(web_app) as address, open_browser() as browser:
        context = browser.new_context(base_url=address)
        context.set_default_timeout(60_000)
        complaints = complaints_of(context, address)
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="House").wait_for()
        yield page, complaints
        context.close()


@pytest.mark.slow
@pytest.mark.timeout(900)  # a browser on a machine that does other work
def test_three_pieces_are_reviewed_by_keyboard_one_is_taken_back_and_a_model_rolled_back(
    web_app: APIFlask, owned: OwnedHouse, require: Callable[[str], None]
) -> None:
    require("browser")
    database = parts_of(web_app).database
    with _signed_in(web_app) as (page, complaints):
        page.get_by_role("link", name="House").click()
        page.get_by_role("heading", name="Your house").wait_for()
        page.get_by_role("link", name="Review desk").click()
        page.locator("#item-title", has_text=TITLES[0]).wait_for()
        page.locator(".roll").wait_for()

        # it plays, and the needle goes where the arrows lead
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keys of the desk").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog", name="Keys of the desk").wait_for(state="hidden")

        # three pieces, by keyboard alone
        page.keyboard.press("a")
        page.locator("#item-title", has_text=TITLES[1]).wait_for()
        page.keyboard.press("r")
        page.keyboard.press("1")
        page.locator("#item-title", has_text="\u05e9\u05e7\u05d8").wait_for()
        page.keyboard.press("h")
        page.locator("#item-title", has_text=TITLES[3]).wait_for()
        with database.session(read_only=True) as db_session:
            items = [find_item(db_session, each) for each in owned.held[:3]]
        assert [item.state for item in items] == ["listed", "rejected", "held"]
        assert items[1].in_force is not None
        assert items[1].in_force.reason == "silence"
        assert items[2].held_at is not None

        # the latest is taken back, and is there again
        page.keyboard.press("u")
        page.locator("#item-title", has_text="\u05e9\u05e7\u05d8").wait_for()
        with database.session(read_only=True) as db_session:
            assert find_item(db_session, owned.held[2]).held_at is None
        page.keyboard.press("j")
        page.locator("#item-title", has_text=TITLES[3]).wait_for()
        page.keyboard.press("k")
        page.locator("#item-title", has_text="\u05e9\u05e7\u05d8").wait_for()

        # a model is rolled back
        page.get_by_role("link", name="Models", exact=True).click()
        page.get_by_role("button", name="Roll the ranker back").click()
        page.get_by_text("everybody's list is made anew").wait_for()
        with database.session(read_only=True) as db_session:
            version = in_use(db_session, "ranker")
        assert version is not None
        assert version.id == owned.rankers[0]

        # a job dies while it is watched
        page.get_by_role("link", name="Jobs", exact=True).click()
        page.get_by_text("reading 412 of 1,030 files").wait_for()
        with database.session() as db_session:
            job = db_session.scalars(select(Job).where(Job.kind == "scan_library")).one()
            sentence = "The process that did this died, 3 times in all."
            end_job(db_session, job, "failed", error_code="worker_died", error=sentence)
        page.locator(".toast", has_text=f"Reading the music folder failed: {sentence}").wait_for()
        page.locator(f"#job-{job.id}", has_text=sentence).get_by_role("button", name="Do again").wait_for()

        # all of it is written down
        page.get_by_role("link", name="Log", exact=True).click()
        page.locator(".log tr", has_text="went back to a model").wait_for()
        page.locator(".log tr", has_text="took a decision back").wait_for()
        assert complaints == []


@pytest.mark.slow
@pytest.mark.timeout(1800)  # each room in four looks
def test_the_owners_rooms_hold_to_wcag(
    web_app: APIFlask, owned: OwnedHouse, require: Callable[[str], None]
) -> None:
    require("browser")
    assert owned.held
    with _signed_in(web_app) as (page, complaints):
        for room in ROOMS:
            page.goto(room)
            page.wait_for_load_state("networkidle")
            assert faults_in_all_looks(page) == {}, room
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") == 390, room

        # one piece with the reasons of a rejection, its sound as without scripts, and several pieces before and after
        page.goto(f"/review/{owned.held[1]}")
        page.keyboard.press("r")
        page.locator(".reason").first.wait_for()
        assert faults_in_all_looks(page) == {}
        page.goto(f"/review/{owned.held[1]}/sound")
        assert faults_in_all_looks(page) == {}
        page.goto("/review/several")
        page.get_by_role("button", name="Choose all").click()
        page.get_by_label("Put off").check()
        page.get_by_role("button", name="Look it over").click()
        page.get_by_text("Nothing has happened yet.").wait_for()
        assert faults_in_all_looks(page) == {}
        page.get_by_role("button", name="Put them off").click()
        page.get_by_text("Put off: 5").wait_for()
        assert faults_in_all_looks(page) == {}
        assert complaints == []
