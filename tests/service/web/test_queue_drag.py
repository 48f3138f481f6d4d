"""The queue put in order by hand, in a real browser: with a mouse and with a finger."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from tests.axe import faults_in_all_looks
from tests.browsers import complaints_of, open_browser
from tests.served_house import prepare_silent_house, served, sign_in, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a service and a browser


class House(NamedTuple):
    address: str
    browser: "Browser"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Iterator[House]:
    require("browser")
    data_dir: Path = prepare_silent_house(
        tmp_path_factory.mktemp("house") / "data", np.random.default_rng(20)
    )
    with served(data_dir) as address, open_browser() as browser:
        yield House(address, browser)


@pytest.fixture(params=["mouse", "finger"])
def queue(request: pytest.FixtureRequest, house: House) -> Iterator[tuple["Page", str]]:
    """A tab with an open queue of some tracks, and what points in it."""
    context = house.browser.new_context(
        has_touch=request.param == "finger", viewport={"width": 390, "height": 844}
    )
    complaints = complaints_of(context, house.address)
    page = sign_in(context, house.address)
    page.locator("#list [data-play]").first.click()
    page.get_by_role("button", name="Queue", exact=True).click()
    page.get_by_role("heading", name="Queue").wait_for()
    page.wait_for_load_state("networkidle")
    yield page, request.param
    # The house has no sound, of which browsers tell.
    assert [each for each in complaints if "/tracks/" not in each] == []
    context.close()


def _titles(page: "Page") -> list[str]:
    return page.locator(".queued-title").all_text_contents()


def _drag(page: "Page", pointer: str, start: int, end: int) -> None:
    grips = page.locator(".queued-grip")
    grips.nth(end).scroll_into_view_if_needed()
    first, last = grips.nth(start).bounding_box(), grips.nth(end).bounding_box()
    assert first is not None
    assert last is not None
    x, begin, stop = first["x"] + 10, first["y"] + 30, last["y"] + 30
    steps = [begin + (stop - begin) * part / 12 for part in range(13)]
    if pointer == "mouse":
        page.mouse.move(x, begin)
        page.mouse.down()
        for y in steps:
            page.mouse.move(x, y)
            page.wait_for_timeout(30)
        page.mouse.up()
        return
    fingers = page.context.new_cdp_session(page)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": begin}]})
    for y in steps:
        fingers.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(30)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_track_is_dragged_to_another_place(queue: tuple["Page", str]) -> None:
    page, pointer = queue
    before = _titles(page)
    assert len(before) > 4
    _drag(page, pointer, 1, 3)
    wanted = [before[0], before[2], before[3], before[1], *before[4:]]
    wait_for(page, lambda: _titles(page) == wanted)
    assert (
        page.locator("[data-queue-said]").inner_text() == f"“{before[1]}” is number 4 of {len(before)} now."
    )

    # what plays is dragged down, and the track behind it comes next all the same
    _drag(page, pointer, 0, 2)
    wait_for(page, lambda: _titles(page)[:3] == [*wanted[1:3], wanted[0]])
    assert page.locator(".queue-row.now .queued-title").inner_text() == before[0]
    page.locator(".queue-row [data-part=remove]").first.click()
    wait_for(page, lambda: _titles(page)[:2] == [wanted[2], wanted[0]])
    assert faults_in_all_looks(page) == {}
