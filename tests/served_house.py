"""A house with real music in which Ada has a taste and one composed piece, and a real `homespun serve` over it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from click.testing import CliRunner

from service.accounts.people import set_password
from service.cli import main
from service.jobs import embed_tracks
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import environment_for, load_settings
from service.store.database import open_database
from tests.packaged_music import lay_out_music, write_history
from tests.service.clients import listener
from tests.service.small_library import publish
from tests.service.two_tastes import add_two_tastes

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PASSWORD = "a seam that holds"


@contextmanager
def served(data_dir: Path, review_policy: str = "all") -> Iterator[str]:
    """The address of a service on this folder; what it composes lasts 20 s unless something else is asked for."""
    settings = load_settings(data_dir=data_dir, threads=1, review_policy=review_policy, composed_seconds=20)
    command = [str(Path(sys.executable).with_name("homespun")), "--data-dir", str(data_dir), "serve"]
    with (data_dir.parent / "serve.log").open("wb") as log:
        service = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=environment_for(settings), text=True
        )
    try:
        assert service.stdout is not None
        said = service.stdout.readline()
        found = re.fullmatch(r"Homespun: (http://\S+)\n", said)
        assert found is not None, (said, (data_dir.parent / "serve.log").read_text())
        yield found[1]
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=30)


def prepare_house(folder: Path, require: Callable[[str], None]) -> Path:
    """The data folder; Ada has no password yet. Skips where a browser, the demo's music or the encoder is missing."""
    require("browser")
    music = lay_out_music(folder / "music", require)
    data_dir = folder / "data"

    def homespun(*arguments: str | Path) -> Any:
        result = CliRunner(env={"HOMESPUN_THREADS": "1"}).invoke(
            main, ["--data-dir", str(data_dir), *map(str, arguments), "--json"]
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    homespun("scan", music)
    homespun("user", "add", "ada")
    homespun("history", "import", write_history(folder / "history.jsonl"), "--user", "ada")
    settings = load_settings(data_dir=data_dir, threads=1)
    database = open_database(settings)
    run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, lambda *_: None)
    database.close()
    homespun("compose", "--user", "ada", "--cluster", "0", "--seconds", "20", "--seed", "4")
    return data_dir


def prepare_silent_house(data_dir: Path, rng: np.random.Generator) -> Path:
    """The data folder of a house with ten tracks and no sound, which Ada owns; she has two tastes and a password.

    It is made in moments, and nothing is composed in it.
    """
    settings = load_settings(data_dir=data_dir)
    database = open_database(settings)
    with database.session() as db_session:
        ada = listener(db_session, "ada", owner=True)
        set_password(db_session, ada, PASSWORD)
        # Otherwise the worker would compose for minutes.
        ada.fresh_per_taste = 0
        add_two_tastes(db_session, ada, rng)
    publish(database, settings)
    database.close()
    return data_dir


def sign_in(context: "BrowserContext", address: str) -> "Page":
    """A tab in which Ada has signed in and sees her music."""
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Your list").wait_for()
    return page


def wait_for(page: "Page", condition: Callable[[], bool], most_ms: int = 20_000) -> None:
    """Not the page's own waiting, which evaluates text: our policy forbids that."""
    for _ in range(most_ms // 100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came to pass")
