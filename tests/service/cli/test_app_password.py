import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    for name in ("ann", "bob"):
        CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", name])
    return tmp_path


def _homespun(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(data_dir), "app-password", *arguments])


def test_an_app_password_is_shown_once_listed_without_its_secret_and_taken_away(data_dir: Path) -> None:
    facts = json.loads(_homespun(data_dir, "add", "bob", "--label", "phone", "--json").stdout)
    assert facts["secret"].startswith("hsa_")

    assert {"protocol": "listenbrainz", "url": "http://127.0.0.1:8420/1"}.items() <= facts["addresses"][
        1
    ].items()

    listed = _homespun(data_dir, "list", "bob").stdout
    assert facts["secret"] not in listed
    assert "phone" in listed
    assert "not used yet" in listed

    assert _homespun(data_dir, "revoke", "ann", facts["id"]).exit_code == 1
    assert _homespun(data_dir, "revoke", "bob", facts["id"]).exit_code == 0
    assert json.loads(_homespun(data_dir, "list", "bob", "--json").stdout) == []


def test_what_to_paste_is_said_beside_the_secret(data_dir: Path) -> None:
    said = _homespun(data_dir, "add", "bob", "--label", "phone")
    assert said.stdout.startswith("hsa_")
    assert said.stdout.count("\n") == 1
    assert "http://127.0.0.1:8420/2.0/  " in said.stderr


def test_an_app_is_not_given_what_is_for_programs(data_dir: Path) -> None:
    refused = _homespun(data_dir, "add", "bob", "--label", "phone", "--scopes", "compose")
    assert (refused.exit_code, refused.stdout) == (1, "")
