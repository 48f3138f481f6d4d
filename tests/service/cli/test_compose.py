import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A store with one listener, who has heard nothing."""
    CliRunner().invoke(main, ["--data-dir", str(tmp_path), "user", "add", "anna"], catch_exceptions=False)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--user", "nobody"], "no_such_listener"),
        (["--user", "anna"], "no_taste_yet"),
        (["--user", "anna", "--cluster", "3"], "no_taste_yet"),
        (["--user", "anna", "--seconds", "0"], "seconds_out_of_range"),
        (["--user", "anna", "--seconds", "10000"], "seconds_out_of_range"),
        (["--user", "anna", "--seconds", "nan"], "seconds_out_of_range"),
    ],
)
def test_what_cannot_be_composed_is_said_in_one_sentence_with_a_code(
    data_dir: Path, options: list[str], code: str
) -> None:
    done = CliRunner().invoke(main, ["--data-dir", str(data_dir), "compose", *options, "--json"])
    error = json.loads(done.stdout)["error"]
    assert done.exit_code == 1
    assert error["code"] == code
    assert error["message"].endswith(".")


def test_an_out_file_that_cannot_be_written_is_told_before_anything_is_composed(data_dir: Path) -> None:
    out = data_dir / "no-such-folder" / "track.flac"
    done = CliRunner().invoke(
        main, ["--data-dir", str(data_dir), "compose", "--user", "anna", "--out", str(out), "--json"]
    )
    assert json.loads(done.stdout)["error"]["code"] == "no_such_folder"
    assert not out.parent.exists()
