import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from service.cli import main


def test_without_its_music_the_demo_says_what_to_install(tmp_path: Path) -> None:
    # A None among the modules is how Python itself says that a package cannot be imported.
    code = (
        "import sys; sys.modules['music21'] = None; from service.cli import main; main(prog_name='homespun')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--data-dir", str(tmp_path / "data"), "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "demo_not_installed"
    assert "pip install homespun[demo]" in error["message"]
    assert not (tmp_path / "data").exists()


def test_the_demo_does_not_touch_a_real_data_folder(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(main, ["--data-dir", str(tmp_path), "user", "add", "ann"])
    result = run.invoke(main, ["demo", "--data-dir", str(tmp_path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] in {"not_a_demo_folder", "demo_not_installed"}
    assert not (tmp_path / "demo").exists()
