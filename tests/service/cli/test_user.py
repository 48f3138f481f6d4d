import json
from pathlib import Path

from click.testing import CliRunner

from service.cli import main


def test_a_listener_is_added(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", "Zoë"])

    assert (done.exit_code, done.stdout) == (0, "Added Zoë.\n")


def test_a_listener_is_added_and_described_as_json(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ann", "--json"])

    facts = json.loads(done.stdout)
    assert facts.pop("id")
    assert facts == {"name": "ann", "is_owner": True}
