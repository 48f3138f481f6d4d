"""The system's Chromium, driven by Playwright: it looks at our pages and nowhere else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)


def browser_path() -> str | None:
    """Where a browser is installed, if one is."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """A browser without a window; `browser_path` must have found one."""
    # Imported here because the suite also runs without Playwright.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # as the line above says

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(_FLAGS))
        yield browser
        browser.close()


def complaints_of(context: "BrowserContext", address: str) -> list[str]:
    """A list that fills with errors on the console, exceptions, and requests that go anywhere but to this address."""
    complaints: list[str] = []

    def listen_to(said: "ConsoleMessage") -> None:
        if said.type == "error":
            complaints.append(f"{said.text} ({said.location.get('url')})")

    context.on("console", listen_to)
    context.on("weberror", lambda raised: complaints.append(str(raised.error)))

    def look_at(url: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            complaints.append(f"asked for {url}")

    context.on("request", lambda request: look_at(request.url))
    return complaints
