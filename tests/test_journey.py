"""The product as a person meets it: the pages in a real browser, against a real `homespun serve`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browsers import complaints_of, open_browser
from tests.served_house import PASSWORD, prepare_house, served, wait_for

COMPOSING_MS = 600_000


@pytest.fixture
def prepared(tmp_path: Path, require: Callable[[str], None]) -> Path:
    return prepare_house(tmp_path, require)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # composes twice, which takes minutes where other work has the processor
def test_a_person_moves_in_plays_thumbs_composes_and_approves(prepared: Path) -> None:
    with served(prepared) as address, open_browser() as browser:
        context = browser.new_context()
        context.set_default_timeout(20_000)
        complaints = complaints_of(context, address)
        page = context.new_page()

        # the first run
        page.goto(address)
        page.get_by_role("link", name="Set Homespun up").click()
        page.get_by_label("One-time code").fill((prepared / "setup-code").read_text().strip())
        page.get_by_label("Your name").fill("ada")
        page.get_by_label("A password").fill(PASSWORD)
        page.get_by_role("button", name="Open the door").click()
        page.get_by_role("heading", name="Your list").wait_for()

        # out and in again, once all pictures are there
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Your list").wait_for()

        # a composed track plays
        page.locator(".newest [data-play]").click()
        position = page.locator("[data-position]")
        page.wait_for_timeout(100)
        wait_for(page, lambda: position.inner_text() >= "0:02")
        assert page.evaluate("document.querySelector('audio').currentTime") > 1.0
        assert page.locator(".bar-title").inner_text() == page.locator(".newest h1").inner_text()
        # and its waveform is sewn as far as it was heard, without another look at the sound
        wait_for(page, lambda: page.locator(".seek-wave .progress canvas").count() > 0)
        sewn = page.locator(".seek-wave .progress").evaluate("part => part.getBoundingClientRect().width")
        width = page.locator(".seek-wave").evaluate("part => part.clientWidth")
        assert 0 < sewn < width
        page.locator(".seek-line input").click(position={"x": width / 2, "y": 20})
        wait_for(page, lambda: float(page.evaluate("document.querySelector('audio').currentTime")) > 8.0)

        # how it came to be
        page.locator(".newest [data-how]").click()
        page.get_by_role("heading", name="It began with what you listen to").wait_for()
        page.get_by_role("button", name="Close").click()

        # a thumb down, and its undo; a piece that ends meanwhile has been heard, and what was heard moves the list
        page.evaluate("document.querySelector('audio').pause()")
        rows = page.locator("#list .row")
        before = rows.evaluate_all("rows => rows.map((row) => row.dataset.id)")
        hidden = before[1]
        page.locator(f"#row-{hidden} [data-thumb=down]").click()
        page.locator(f"#row-{hidden}").wait_for(state="detached")
        page.get_by_role("button", name="Undo").click()
        page.locator(f"#row-{hidden}").wait_for()
        assert rows.evaluate_all("rows => rows.map((row) => row.dataset.id)") == before
        page.evaluate("document.querySelector('audio').play()")

        # the music goes on from page to page
        page.get_by_role("link", name="House").click()
        page.get_by_role("link", name="Review desk").click()
        page.get_by_role("heading", name="The desk is clear").wait_for()
        assert page.locator(".bar-title").is_visible()
        page.get_by_role("link", name="Music", exact=True).click()

        # a new piece, which waits for the owner
        page.locator("[data-compose]").first.click()
        thread = page.locator(".composing .thread").first
        wait_for(page, lambda: int(thread.get_attribute("aria-valuenow") or 0) > 0, COMPOSING_MS)
        page.get_by_text("Your new piece waits for a review first.").wait_for(timeout=COMPOSING_MS)
        page.get_by_role("link", name="House").click()
        page.get_by_role("link", name="Review desk").click()
        title = page.locator("#item-title").inner_text()
        page.keyboard.press("a")
        page.get_by_role("heading", name="The desk is clear").wait_for()
        assert page.locator(".decision").first.inner_text().startswith(title)

        # and is in the music then
        page.get_by_role("link", name="Music", exact=True).click()
        page.locator(".newest h1", has_text=title).wait_for()
        page.locator(".newest [data-play]").click()
        page.locator(".bar-title", has_text=title).wait_for()
        assert complaints == []
        context.close()
