import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    for name in ("ann", "bob"):
        _homespun(tmp_path, "user", "add", name)
    return tmp_path


def _homespun(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(data_dir), *arguments])


def test_a_key_is_shown_once_listed_without_its_secret_and_taken_away(data_dir: Path) -> None:
    made = _homespun(
        data_dir, "token", "add", "bob", "--label", "phone", "--scopes", "stream, library:read", "--json"
    )
    facts = json.loads(made.stdout)
    assert facts["token"].startswith("hst_")
    assert facts["scopes"] == ["library:read", "stream"]

    listed = _homespun(data_dir, "token", "list", "bob")
    assert facts["token"] not in listed.stdout
    assert "phone" in listed.stdout

    assert _homespun(data_dir, "token", "revoke", "ann", facts["id"]).exit_code == 1
    assert _homespun(data_dir, "token", "revoke", "bob", facts["id"]).exit_code == 0
    assert json.loads(_homespun(data_dir, "token", "list", "bob", "--json").stdout) == []


@pytest.mark.parametrize("scopes", ["", "everything", "admin:review"])
def test_a_key_may_do_no_more_than_its_listener(data_dir: Path, scopes: str) -> None:
    refused = _homespun(data_dir, "token", "add", "bob", "--label", "phone", "--scopes", scopes)
    assert refused.exit_code == 1
    assert refused.stdout == ""
