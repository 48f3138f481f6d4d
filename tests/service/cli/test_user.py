import json
from pathlib import Path

from click.testing import CliRunner, Result

from service.accounts.passwords import is_password
from service.accounts.people import find_user
from service.app import open_app
from service.cli import main


def test_a_listener_is_added(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", "Zoë"])

    assert (done.exit_code, done.stdout) == (0, "Added Zoë.\n")


def test_a_listener_is_added_and_described_as_json(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ann", "--json"])

    facts = json.loads(done.stdout)
    assert facts.pop("id")
    assert facts == {"name": "ann", "is_owner": True}


def test_a_password_comes_from_a_pipe_and_signs_in(tmp_path: Path) -> None:
    def homespun(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["--data-dir", str(tmp_path), *arguments], input=typed)

    assert homespun("user", "add", "ann", "--password", typed="first secret\n").exit_code == 0
    changed = homespun("user", "password", "ann", typed="second secret\n")
    assert (changed.exit_code, "second secret" in changed.output) == (0, False)
    assert homespun("user", "password", "ann", typed="short\n").exit_code == 1
    assert homespun("user", "password", "bob", typed="second secret\n").exit_code == 1

    with open_app(data_dir=tmp_path) as app, app.database.session(read_only=True) as db_session:
        assert is_password("second secret", find_user(db_session, "ann").password_hash)
