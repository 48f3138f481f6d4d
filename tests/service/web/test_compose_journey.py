"""The player and the composing pages in a real browser: with a mouse, with keys alone, and with a session that ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from service.accounts.people import find_user, set_password
from service.settings import load_settings
from service.store.database import open_database
from tests.axe import faults_in_all_looks
from tests.browsers import complaints_of, open_browser
from tests.served_house import PASSWORD, prepare_house, served, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COMPOSING_MS = 600_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),  # composes three times, which takes minutes where other work has the processor
]


class House(NamedTuple):
    address: str
    browser: "Browser"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Iterator[House]:
    """Ada's house, served, and a browser."""
    data_dir = prepare_house(tmp_path_factory.mktemp("house"), require)
    database = open_database(load_settings(data_dir=data_dir))
    with database.session() as db_session:
        set_password(db_session, find_user(db_session, "ada"), PASSWORD)
    database.close()
    with served(data_dir, review_policy="flagged") as address, open_browser() as browser:
        yield House(address, browser)


@pytest.fixture
def page(house: House) -> Iterator["Page"]:
    """A tab in which Ada is signed in; nothing may be complained of and nobody else asked for anything."""
    with _signed_in(house) as (page, complaints):
        yield page
    assert complaints == []


@contextmanager
def _signed_in(house: House) -> Iterator[tuple["Page", list[str]]]:
    context = house.browser.new_context()
    context.set_default_timeout(30_000)
    complaints = complaints_of(context, house.address)
    page = context.new_page()
    page.goto(house.address)
    _sign_in(page)
    page.wait_for_load_state("networkidle")
    yield page, complaints
    context.close()


def _sign_in(page: "Page") -> None:
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("header .who").wait_for()


def _titles(page: "Page") -> list[str]:
    return page.locator(".queued-title").all_text_contents()


def test_the_queue_is_seen_and_put_in_order_with_keys_alone(page: "Page") -> None:
    page.locator("#list [data-play]").first.focus()
    page.keyboard.press("Enter")
    page.locator(".bar-title").wait_for()
    page.keyboard.press("q")
    page.get_by_role("heading", name="Queue").wait_for()
    before = _titles(page)
    assert len(before) > 5
    page.locator(".queue-row [data-part=jump]").nth(2).focus()
    page.keyboard.press("Alt+ArrowUp")
    wait_for(page, lambda: _titles(page)[:3] == [before[0], before[2], before[1]])
    moved = page.locator(".queue-row [data-part=jump]").nth(1)
    wait_for(page, lambda: bool(moved.evaluate("button => button === document.activeElement")))
    said = page.locator("[data-queue-said]")
    assert said.inner_text() == f"“{before[2]}” is number 2 of {len(before)} now."
    page.keyboard.press("Delete")
    wait_for(page, lambda: _titles(page)[:2] == before[:2])
    assert before[2] not in _titles(page)
    assert said.inner_text() == f"“{before[2]}” is taken out."
    wait_for(page, lambda: bool(moved.evaluate("button => button === document.activeElement")))
    page.keyboard.press("Enter")
    wait_for(page, lambda: page.locator(".bar-title").inner_text() == before[1])
    page.get_by_role("button", name="Clear what comes").click()
    wait_for(page, lambda: _titles(page) == before[:2])
    assert faults_in_all_looks(page) == {}
    page.keyboard.press("Escape")
    page.reload()
    page.locator(".bar-title", has_text=before[1]).wait_for()


def test_letters_are_keys_until_they_are_switched_off(page: "Page") -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.wait_for()
    assert faults_in_all_looks(page) == {}
    page.get_by_label("Letters are keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_timeout(300)
    assert not keys.is_visible()


def test_a_track_says_why_it_is_there_and_leads_to_others_like_it(page: "Page") -> None:
    page.locator("#list [data-about]").first.click()
    page.get_by_role("heading", name="Why this").wait_for()
    assert page.locator(".because li").count() > 0
    assert faults_in_all_looks(page) == {}
    page.get_by_role("button", name="More like this, but calmer").click()
    page.get_by_text("A station from “").wait_for()
    wait_for(page, lambda: float(page.evaluate("document.querySelector('audio').currentTime")) > 0.5)


def test_one_tab_sounds_at_a_time(page: "Page", house: House) -> None:
    page.locator("#list [data-play]").first.click()
    wait_for(page, lambda: not page.evaluate("document.querySelector('audio').paused"))
    other = page.context.new_page()
    other.goto(house.address)
    other.locator("#list [data-play]").nth(1).click()
    wait_for(other, lambda: float(other.evaluate("document.querySelector('audio').currentTime")) > 0.2)
    assert page.evaluate("document.querySelector('audio').paused")
    other.close()


def test_what_was_typed_outlives_a_session_that_ended(house: House) -> None:
    with _signed_in(house) as (page, complaints):
        page.goto(f"{house.address}/compose")
        page.get_by_label("In your own words").fill("slow piano for a rainy day")
        page.get_by_text("piano plays the chords").wait_for()
        page.context.clear_cookies()
        page.get_by_role("button", name="Compose", exact=True).click()
        page.get_by_text("You were signed out meanwhile").wait_for()
        page.get_by_role("link", name="Sign in again").click()
        _sign_in(page)
        page.get_by_text("What you had typed is here again.").wait_for()
        assert page.get_by_label("In your own words").input_value() == "slow piano for a rainy day"
    # The browser itself notes the refusal that this is about.
    assert [each for each in complaints if "401 (UNAUTHORIZED)" not in each] == []


def test_a_piece_is_wished_for_heard_changed_and_taken_apart(page: "Page") -> None:
    page.get_by_role("link", name="Compose", exact=True).click()
    page.get_by_label("In your own words").fill("a fast tune with flute and drums, 20 seconds, zorblax")
    page.get_by_text("flute plays the tune").wait_for()
    assert "zorblax" in page.locator(".not-heard").inner_text()
    pad = page.get_by_role("slider", name="Mood")
    pad.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#valence").input_value() != "0"
    assert faults_in_all_looks(page) == {}
    page.get_by_role("button", name="Compose", exact=True).click()

    # composed, with progress to its end
    page.get_by_role("heading", name="Your piece is being composed").wait_for()
    assert faults_in_all_looks(page) == {}
    thread = page.locator(".card .thread")
    wait_for(page, lambda: int(thread.get_attribute("aria-valuenow") or 0) > 0, COMPOSING_MS)
    page.locator(".card-play").wait_for(timeout=COMPOSING_MS)
    assert faults_in_all_looks(page) == {}

    # it plays
    title = page.locator(".card-title").inner_text()
    page.locator(".card-play").click()
    wait_for(page, lambda: float(page.evaluate("document.querySelector('audio').currentTime")) > 1.0)
    assert page.locator(".bar-title").inner_text() == title

    # its drums are written anew
    page.get_by_role("link", name="Change or download it").click()
    page.get_by_role("heading", name="Change it").wait_for()
    assert page.get_by_label("Drums").is_checked()
    page.get_by_role("button", name="Write anew").click()
    page.locator("#going .card-play").wait_for(timeout=COMPOSING_MS)
    page.locator("#versions", has_text="drums rewritten").wait_for()
    assert faults_in_all_looks(page) == {}

    # and its stems can be fetched
    page.get_by_role("button", name="Make stems").click()
    link = page.get_by_role("link", name="Stems (ZIP)")
    link.wait_for(timeout=COMPOSING_MS)
    with page.expect_download() as fetched:
        link.click()
    assert Path(fetched.value.path()).read_bytes()[:2] == b"PK"
