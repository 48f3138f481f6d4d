import json
from pathlib import Path

from click.testing import CliRunner

from service.cli import main


def test_preparing_needs_no_data_folder_and_refuses_another_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"another file")
    environment = {
        "HOMESPUN_MODELS_DIR": str(tmp_path / "models"),
        "HOMESPUN_DATA_DIR": str(tmp_path / "data"),
    }
    done = CliRunner().invoke(main, ["models", "prepare", "--wheel", str(wheel)], env=environment)
    assert done.exit_code == 1
    assert done.stderr == f"error: {wheel} is not the wheel of musicnn==0.1.0. [wrong_wheel]\n"
    assert list(tmp_path.iterdir()) == [wheel]


def test_listing_tells_whether_the_weights_are_there(tmp_path: Path) -> None:
    environment = {"HOMESPUN_MODELS_DIR": str(tmp_path / "models")}
    done = CliRunner().invoke(
        main, ["--data-dir", str(tmp_path), "models", "list", "--json"], env=environment
    )
    assert json.loads(done.stdout) == {"encoder_weights_prepared": False, "models": []}
