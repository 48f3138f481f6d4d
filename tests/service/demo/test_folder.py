from pathlib import Path

import pytest

from service.demo.folder import claim_demo_folder
from service.errors import Conflict
from service.settings import load_settings
from service.store.database import open_database


def test_a_new_or_empty_folder_becomes_the_demos_and_stays_so(tmp_path: Path) -> None:
    for folder in (tmp_path / "new" / "demo", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        first = claim_demo_folder(folder)
        open_database(first).close()
        assert claim_demo_folder(folder) == first


def test_a_folder_with_a_real_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    real = load_settings(data_dir=tmp_path / "real")
    open_database(real).close()
    before = sorted(path.name for path in real.data_dir.iterdir())
    with pytest.raises(Conflict) as raised:
        claim_demo_folder(real.data_dir)
    assert raised.value.code == "not_a_demo_folder"
    assert sorted(path.name for path in real.data_dir.iterdir()) == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("text", encoding="utf-8")
    with pytest.raises(Conflict):
        claim_demo_folder(path)


def test_a_database_named_in_the_environment_is_not_the_demos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESPUN_DATABASE_URL", "postgresql://localhost/real")
    monkeypatch.setenv("HOMESPUN_DATA_DIR", str(tmp_path / "real"))
    settings = claim_demo_folder(tmp_path / "demo 100%")
    assert settings.sqlalchemy_url.database == str(tmp_path / "demo 100%" / "homespun.sqlite3")
    assert settings.sqlalchemy_url.drivername == "sqlite"
    assert not (tmp_path / "real").exists()
