import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.service.elsewhere.other_house import OtherHouse, other_house


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherHouse]:
    with other_house(tmp_path_factory.mktemp("there") / "house") as house:
        house.ask("star", ("id", house.song("piano 0")["id"]))
        yield house


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ada"])
    return tmp_path


def homespun(data_dir: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(data_dir), *arguments], input=typed)


def test_a_server_is_connected_synced_shown_and_left(data_dir: Path, there: OtherHouse) -> None:
    assert homespun(data_dir, "egress").output == "Nothing left the house.\n"
    assert "no other server" in homespun(data_dir, "elsewhere", "status", "--user", "ada").output
    sync = homespun(data_dir, "elsewhere", "sync", "--user", "ada")
    assert (sync.exit_code, "name the other server first" in sync.output) == (1, True)

    typed = f"{there.password}\n"
    connected = homespun(data_dir, "elsewhere", "connect", there.url, "--user", "ada", typed=typed)
    assert connected.exit_code == 0, connected.output
    assert "5 songs there, 0 of them in this library." in connected.output
    assert "skipped 1: thumb on unknown track" in connected.output
    status = homespun(data_dir, "elsewhere", "status", "--user", "ada", "--json")
    told = json.loads(status.stdout)
    assert (told["server"], told["name"], told["report"]["songs"]) == (there.url, "ada", 5)
    sent = json.loads(homespun(data_dir, "egress", "--json").stdout)
    assert {row["path"] for row in sent} == {"/rest/ping", "/rest/search3"}
    assert "POST 127.0.0.1:" in homespun(data_dir, "egress").output

    again = homespun(data_dir, "elsewhere", "sync", "--user", "ada", "--json")
    assert json.loads(again.stdout)["imported"] == 0
    other = homespun(data_dir, "elsewhere", "connect", "http://127.0.0.1:9", "--user", "ada", typed=typed)
    assert (other.exit_code, "already" in other.output) == (1, True)
    assert homespun(data_dir, "elsewhere", "disconnect", "--user", "ada", "--undo").exit_code == 0
    assert "gave no account" in homespun(data_dir, "elsewhere", "status", "--user", "ada").output
    assert homespun(data_dir, "elsewhere", "disconnect").exit_code == 2
    assert homespun(data_dir, "elsewhere", "disconnect", "--all").exit_code == 0
    assert "no other server" in homespun(data_dir, "elsewhere", "status", "--user", "ada").output


def test_a_wrong_password_is_said_at_once(data_dir: Path, there: OtherHouse) -> None:
    refused = homespun(
        data_dir,
        "elsewhere",
        "connect",
        there.url,
        "--user",
        "ada",
        "--send-password",
        "--json",
        typed="wrong\n",
    )
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["code"] == "elsewhere_refused"
    status = homespun(data_dir, "elsewhere", "status", "--user", "ada").output
    assert "does not take ada's password" in status
    told = json.loads(homespun(data_dir, "elsewhere", "status", "--user", "ada", "--json").stdout)
    assert told["sends_password"] is True
