"""The examples as a person runs them, against a real `homespun serve` with a small library."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.bench.server_process import service_running
from service.cli import main
from service.jobs import embed_tracks
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings, load_settings
from service.store.database import open_database
from tests.npm_clients import node_path
from tests.packaged_music import lay_out_music, write_history

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
# JSON writes both with a backslash before them.
PASSWORD = 'a "seam" that \\ holds'
SECONDS = 10


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Iterator[Settings]:
    """The data folder of a house where ada has a password and a taste, and no piece is ready for her."""
    folder = tmp_path_factory.mktemp("house")
    music = lay_out_music(folder / "music", require)
    settings = load_settings(data_dir=folder / "data", threads=1, composed_seconds=SECONDS)

    def homespun(*arguments: str | Path, typed: str | None = None) -> None:
        command = ["--data-dir", str(settings.data_dir), *map(str, arguments)]
        result = CliRunner().invoke(main, command, input=typed)
        assert result.exit_code == 0, result.output

    homespun("scan", music)
    homespun("user", "add", "ada", "--password", typed=f"{PASSWORD}\n")
    homespun("user", "prefer", "ada", "--fresh", "0")
    homespun("history", "import", write_history(folder / "history.jsonl"), "--user", "ada")
    database = open_database(settings)
    run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, lambda *_: None)
    database.close()
    homespun("taste", "ada")
    yield settings
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def address(house: Settings) -> Iterator[str]:
    with service_running(house, house.data_dir.parent / "serve.log") as server:
        yield f"http://127.0.0.1:{server.port}"


def run(*command: str | None) -> str:
    answer = subprocess.run(
        [str(part) for part in command],
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def keys_of_ada(house: Settings) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["--data-dir", str(house.data_dir), "token", "list", "ada", "--json"])
    return json.loads(result.stdout)


@pytest.mark.slow  # each has a piece composed
@pytest.mark.timeout(900)  # which takes minutes where other work has the processor
@pytest.mark.parametrize(
    ("interpreter", "script"),
    [("sh", "personal_track.sh"), ("python", "personal_track.py"), ("node", "personal_track.mjs")],
)
def test_an_example_gets_a_personal_track_likes_it_and_hears_its_beginning(
    interpreter: str, script: str, address: str, house: Settings, require: Callable[[str], None]
) -> None:
    if interpreter == "node":
        require("node")
    if interpreter == "sh":
        require("curl")
    program = {"sh": "sh", "python": sys.executable, "node": node_path()}[interpreter]
    said = run(program, str(EXAMPLES / script), address, "ada").splitlines()
    assert said[0] == "Signed in as ada."
    composed, thumb, heard = said[-3:]
    assert composed.removeprefix("Composed: ").strip()
    assert composed.startswith("Composed: ")
    assert thumb == "up"
    assert heard == "Status 206, 65536 bytes: fLaC"
    assert keys_of_ada(house) == []
