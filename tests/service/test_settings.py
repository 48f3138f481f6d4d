import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.errors import InvalidRequest
from service.settings import Settings, environment_for, load_settings


def test_everything_lies_below_the_data_folder(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)

    for folder in (settings.media_dir, settings.index_dir, settings.snapshots_dir, settings.scratch_dir):
        assert folder.parent == tmp_path
    assert settings.sqlalchemy_url.database == str(tmp_path / "homespun.sqlite3")


def test_prepared_models_lie_beside_the_installation() -> None:
    assert load_settings().models_dir.is_relative_to(sys.prefix)


def test_an_override_of_none_leaves_the_default() -> None:
    assert load_settings(threads=None).threads == len(os.sched_getaffinity(0))


def test_a_relative_data_folder_stays_the_same_when_the_working_directory_changes(
    working_directory: Path,
) -> None:
    settings = load_settings(data_dir=Path("here"))
    os.chdir("/")

    assert settings.data_dir == working_directory / "here"


@pytest.mark.parametrize("url", ["nonsense", "mysql://u@h/d", "sqlite://"])
def test_a_url_of_no_store_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        _ = load_settings(database_url=url).sqlalchemy_url

    assert caught.value.code == "bad_database_url"


def test_a_plain_postgresql_url_is_read_with_psycopg() -> None:
    url = load_settings(database_url="postgresql://ann:secret@db/homespun").sqlalchemy_url

    assert url.drivername == "postgresql+psycopg"


def test_the_database_password_is_not_shown() -> None:
    settings = load_settings(database_url="postgresql://ann:hunter2@db/homespun")

    assert "hunter2" not in repr(settings)


def test_a_setting_that_cannot_be_used_is_named() -> None:
    with pytest.raises(InvalidRequest, match="threads") as caught:
        load_settings(threads=0)

    assert caught.value.code == "bad_setting"


def test_settings_are_found_without_a_home_in_the_environment() -> None:
    code = "from service.settings import load_settings; print(load_settings().data_dir)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": "."}, capture_output=True, text=True, check=True
    )

    assert Path(done.stdout.strip()).is_absolute()


def test_a_process_started_with_the_environment_of_some_settings_has_the_same_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESPUN_PORT", "9999")
    monkeypatch.setenv("homespun_review_policy", "all")
    settings = Settings(
        data_dir=tmp_path / "50% \udcff", port=8421, migrate_without_snapshot=True, composed_seconds=45.5
    )
    code = "import sys; from service.settings import load_settings; sys.stdout.write(ascii(load_settings()))"

    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=environment_for(settings),
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout == ascii(settings)


def test_what_a_service_manager_tells_one_process_is_not_told_to_its_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")

    assert "NOTIFY_SOCKET" not in environment_for(load_settings())
