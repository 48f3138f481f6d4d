"""The listener's own pages in a real browser, against a real `homespun serve`: put right, read in, undone, connected."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.people import find_user
from service.elsewhere.accounts import connect
from service.elsewhere.server import name_server
from service.settings import load_settings
from service.store.database import open_database
from tests.axe import faults_in_all_looks
from tests.browsers import complaints_of, open_browser
from tests.served_house import prepare_silent_house, served, sign_in

IMPORTING_MS = 120_000
# What a person drops has been read from their disk by nobody: its size is all there is of it.
DROP_OF_FOUR_GIGABYTES = """place => {
  const drop = new DragEvent("drop", { bubbles: true, cancelable: true });
  Object.defineProperty(drop, "dataTransfer", { value: { types: ["Files"], files: [{ name: "all.json", size: 4e9 }] } });
  place.dispatchEvent(drop);
}"""
PAGES = ("/taste", "/library", "/library?q=piano", "/import", "/account", "/about-me")


@pytest.fixture
def prepared(tmp_path: Path, require: Callable[[str], None], rng: np.random.Generator) -> Path:
    require("browser")
    data_dir = prepare_silent_house(tmp_path / "data", rng)
    settings = load_settings(data_dir=data_dir)
    database = open_database(settings)
    with database.session() as db_session:
        # Nothing answers there.
        name_server(db_session, "http://127.0.0.1:9")
        keys = load_app_password_keys(settings)
        connect(db_session, keys, find_user(db_session, "ada").id, "ada there", "sesame")
    database.close()
    return data_dir


@pytest.mark.slow
@pytest.mark.timeout(900)  # two processes and a browser, where other work has the processor
def test_a_taste_is_renamed_a_file_read_in_and_undone_and_an_app_connected(
    prepared: Path, tmp_path: Path
) -> None:
    with served(prepared) as address, open_browser() as browser:
        context = browser.new_context(locale="en")
        complaints = complaints_of(context, address)
        page = sign_in(context, address)

        # a taste is put right, and keeps its name
        page.get_by_role("link", name="Taste", exact=True).click()
        page.get_by_text("Put it right").first.click()
        page.get_by_label("What you call it").first.fill("Sunday mornings")
        page.get_by_role("button", name="Keep").first.click()
        page.get_by_text("“Sunday mornings” is as you say from now on.").wait_for()
        page.get_by_role("heading", name="Sunday mornings").wait_for()

        # what cannot be is told in a sentence where one is, and the music page is still there
        page.get_by_label("called").fill("\u2028")
        page.get_by_role("button", name="Mute", exact=True).click()
        page.locator("main [role=alert]", has_text="A name to mute is one line of").wait_for()

        # the library answers while one types
        page.get_by_role("link", name="Library", exact=True).click()
        page.get_by_role("searchbox").press_sequentially("metal 3")
        page.locator("#found .row", has_text="metal 3").wait_for()
        page.wait_for_url("**/library?q=metal+3")

        # a file that is too large never leaves the browser; a history is read in and taken back
        page.get_by_role("link", name="Account: ada").click()
        page.get_by_role("link", name="Import", exact=True).click()
        huge = tmp_path / "huge.json"
        with huge.open("wb") as file:
            file.truncate(4_000_000_000)
        page.get_by_label("Choose a history file").set_input_files(huge)
        page.get_by_text("This file has 4,000 MB; at most 500 MB are taken.").wait_for()
        page.get_by_label("Choose a history file").set_input_files([])
        page.locator("[data-trouble]").wait_for(state="hidden")
        page.locator("[data-drop]").evaluate(DROP_OF_FOUR_GIGABYTES)
        page.get_by_text("This file has 4,000 MB; at most 500 MB are taken.").wait_for()
        history = tmp_path / "StreamingHistory_music_0.json"
        play = {"artistName": "metal artist 0", "trackName": "metal 0", "msPlayed": 200_000}
        history.write_text(json.dumps([{"endTime": f"2026-11-2{day} 20:15", **play} for day in range(1, 4)]))
        page.get_by_label("Choose a history file").set_input_files(history)
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("heading", name="This is what it holds").wait_for(timeout=IMPORTING_MS)
        page.get_by_role("button", name="Read it in").click()
        page.get_by_role("heading", name="It is read in").wait_for(timeout=IMPORTING_MS)
        assert page.locator(".numbers dd").all_inner_texts() == ["3", "0", "0", "0"]
        page.get_by_role("button", name="Take all of it back").click()
        page.get_by_text("All that came in with").wait_for()

        # an app is connected, and taken away again
        page.get_by_role("link", name="Account", exact=True).click()
        page.get_by_label("Which app is it for?").fill("the player on my phone")
        page.get_by_role("button", name="Make a password").click()
        secret = page.locator("[data-secret]").inner_text()
        assert secret.startswith("hsa_")
        ping = f"{address}/rest/ping?u=ada&p={secret}&c=test&v=1.16.1&f=json"
        assert "ok" in context.request.get(ping).text()
        page.get_by_role("button", name="Revoke the player on my phone").click()
        page.get_by_text("That app is refused from now on.").wait_for()
        assert "failed" in context.request.get(ping).text()

        # the other server is asked, cannot be reached, and is left
        page.get_by_role("button", name="Compare now").click()
        page.locator("#elsewhere-standing", has_text="127.0.0.1:9 cannot be reached.").wait_for(
            timeout=IMPORTING_MS
        )
        page.get_by_role("button", name="Leave that server").click()
        page.get_by_text("Your account there is forgotten. What came in stays.").wait_for()

        # without the network a click says so, and the page stays
        context.set_offline(True)
        page.get_by_role("link", name="Library", exact=True).click()
        page.get_by_text("You are offline").first.wait_for()
        assert page.get_by_role("heading", name="Your account").is_visible()
        context.set_offline(False)

        # the session ends in another tab: the next click leads to the door
        context.clear_cookies()
        page.get_by_role("link", name="About me").click()
        page.get_by_role("button", name="Sign in").wait_for()
        # Browsers tell of refusals and of a network that is gone, which were to be.
        expected = ("400", "401", "cover", "ERR_INTERNET_DISCONNECTED", "Failed to fetch")
        assert [each for each in complaints if not any(sign in each for sign in expected)] == []
        context.close()


@pytest.mark.slow
@pytest.mark.timeout(900)  # six pages in four looks
def test_the_listeners_own_pages_are_for_everybody(prepared: Path) -> None:
    with served(prepared) as address, open_browser() as browser:
        context = browser.new_context(reduced_motion="reduce")
        page = sign_in(context, address)
        found = {}
        for path in PAGES:
            page.goto(f"{address}{path}")
            for summary in page.locator("details > summary").all():
                summary.click()
            found |= {f"{path} {look}": faults for look, faults in faults_in_all_looks(page).items()}
            page.set_viewport_size({"width": 390, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                found[f"{path} 390 px"] = ["it is wider than a phone"]
        assert found == {}
        context.close()
