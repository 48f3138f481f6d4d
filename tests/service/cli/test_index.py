import json
from pathlib import Path

from click.testing import CliRunner

from service.cli import main


def test_an_empty_library_can_be_updated_and_rebuilt(tmp_path: Path) -> None:
    run = CliRunner()
    updated = run.invoke(main, ["--data-dir", str(tmp_path), "index", "update", "--json"])
    rebuilt = run.invoke(main, ["--data-dir", str(tmp_path), "index", "rebuild", "--json"])
    assert json.loads(updated.stdout)["embedded"] == 0
    assert json.loads(updated.stdout)["index"] == json.loads(rebuilt.stdout)
    assert json.loads(rebuilt.stdout)["tracks"] == 0
    again = run.invoke(main, ["--data-dir", str(tmp_path), "index", "update", "--retry-failed", "--json"])
    assert json.loads(again.stdout)["failed"] == []


def test_before_anything_was_heard_it_says_what_to_do(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "index", "rebuild"])
    assert done.exit_code == 1
    assert done.stderr == (
        "error: No track has been listened to yet: scan a folder, then run `homespun index update`."
        " [nothing_embedded]\n"
    )
