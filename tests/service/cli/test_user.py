import json
import zipfile
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


def test_a_command_gives_listeners_a_first_password_and_owners_their_own(tmp_path: Path) -> None:
    def is_given(*arguments: str) -> bool:
        command = ["--data-dir", str(tmp_path), "user", *arguments]
        assert CliRunner().invoke(main, command, input="a secret of some\n").exit_code == 0
        with open_app(data_dir=tmp_path) as app, app.database.session(read_only=True) as db_session:
            return find_user(db_session, arguments[1]).password_is_given

    assert not is_given("add", "ann", "--password")
    assert is_given("add", "ben", "--password")
    assert not is_given("password", "ann")
    assert is_given("password", "ben")


def test_a_listener_is_exported_and_erased(tmp_path: Path) -> None:
    data, archive = tmp_path / "data", tmp_path / "ann.zip"

    def homespun(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["--data-dir", str(data), *arguments], input=typed)

    assert homespun("user", "add", "ann").exit_code == 0
    assert homespun("user", "export", "ann", str(archive)).exit_code == 0
    with zipfile.ZipFile(archive) as written:
        assert json.loads(written.read("rows/user_account.jsonl"))["name"] == "ann"
    assert homespun("user", "export", "ann", str(archive)).exit_code == 1

    assert homespun("user", "erase", "ann", typed="Ann\n").exit_code == 1
    assert homespun("user", "prefer", "ann").exit_code == 0
    assert homespun("user", "erase", "ann", typed="ann\n").exit_code == 0
    assert homespun("user", "prefer", "ann").exit_code == 1
