from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--host", "192.0.2.7"], "bad_host"),
        (["--port", "70000"], "bad_setting"),
        (["--public-url", "music.example"], "bad_setting"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_sentence(
    tmp_path: Path, arguments: list[str], code: str
) -> None:
    refused = CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path / "data"), *arguments])
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert f"[{code}]" in refused.stderr
