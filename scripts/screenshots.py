"""Photographs the pages of a running Homespun, narrow and wide, light and dark.

    .venv/bin/python -m scripts.screenshots http://127.0.0.1:8420 NAME PASSWORD FOLDER

NAME is an owner. The files are FOLDER/player-390-light.png and so on.
"""

import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browsers import browser_path, open_browser

SIZES = {390: 844, 1440: 900}
FURTHER = {
    "compose": "/compose",
    "taste": "/taste",
    "library": "/library",
    "import": "/import",
    "account": "/account",
    "about-me": "/about-me",
    "house": "/admin",
    "album": "/library/albums/{track}",
    "artist": "/library/artists/{track}",
    "several": "/review/several",
    "catalogue": "/admin/catalogue",
    "duplicates": "/admin/catalogue/duplicates",
    "listeners": "/admin/listeners",
    "jobs": "/admin/jobs",
    "models": "/admin/models",
    "log": "/admin/log",
}


def main(url: str, name: str, password: str, folder: Path) -> None:
    """Write all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    if browser_path() is None:
        sys.exit("Install chromium first.")
    with open_browser() as browser:
        for width, scheme in product(SIZES, ("light", "dark")):
            _photograph(browser, url.rstrip("/"), (name, password), width, scheme, folder)


def _photograph(
    browser: Browser, url: str, who: tuple[str, str], width: int, scheme: str, folder: Path
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", lambda said: sys.stderr.write(f"{width} {scheme}: {said.type}: {said.text}\n"))
    page.goto(f"{url}/sign-in")
    page.screenshot(path=folder / f"sign-in-{width}-{scheme}.png")
    page.get_by_label("Name").fill(who[0])
    page.get_by_label("Password").fill(who[1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#list")
    track = (
        page.locator("#list .row").last.get_attribute("data-id") if page.locator("#list .row").count() else ""
    )
    _play(page)
    page.screenshot(path=folder / f"player-{width}-{scheme}.png")
    page.screenshot(path=folder / f"player-whole-{width}-{scheme}.png", full_page=True)
    if page.locator("[data-how]").count():
        page.locator("[data-how]").first.click()
        page.wait_for_selector(".how")
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"how-{width}-{scheme}.png")
        page.locator("dialog[open] [data-close]").click()
    page.goto(f"{url}/review")
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"desk-{width}-{scheme}.png")
    page.screenshot(path=folder / f"desk-whole-{width}-{scheme}.png", full_page=True)
    for name, path in FURTHER.items():
        if "{track}" in path and not track:
            continue
        page.goto(f"{url}{path.format(track=track)}")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    context.close()


def _play(page: Page) -> None:
    if not page.locator("[data-play]").count():
        return
    page.locator("[data-play]").first.click()
    # Some way in, so that the seek bar shows both of its colours.
    page.wait_for_timeout(1000)
    page.locator(".seek-line input").fill("16")
    page.wait_for_timeout(1000)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:4], folder=Path(sys.argv[4]))
