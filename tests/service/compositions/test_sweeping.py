import os
import time
from pathlib import Path

import pytest

from service.accounts.people import add_user
from service.compositions.keeping import FOLDER, ComposedPiece, store_composition
from service.compositions.sweeping import UNTOUCHED_SECONDS, sweep_unreferenced
from service.store.database import Database
from service.store.ids import new_id


@pytest.fixture
def kept_folder(database: Database, tmp_path: Path) -> Path:
    """The folder of a composition that rows name, as old as can be."""
    with database.session() as db_session:
        user_id = add_user(db_session, "anna").id
    piece = ComposedPiece(
        user_id=user_id,
        cluster_id=None,
        title="Kept",
        seconds=10.0,
        seed=1,
        engine="latent-diffusion",
        model_name="homespun-1",
        model_sha256="ab" * 32,
        dtype="float32",
        threads=1,
        passed=True,
        files={"flac": b"sound"},
        sound_sha256="cd" * 32,
        duration_seconds=10.0,
        sample_rate=48000,
    )
    folder = tmp_path / FOLDER / store_composition(database, tmp_path, piece).composition_id
    os.utime(folder, (0, 0))
    return folder


def left_by_a_crash(media_dir: Path, *, age_seconds: float) -> Path:
    folder = media_dir / FOLDER / new_id()
    folder.mkdir(parents=True)
    (folder / "sound.flac").write_bytes(b"whole")
    (folder / ".0123.partial").write_bytes(b"half")
    changed_at = time.time() - age_seconds
    os.utime(folder, (changed_at, changed_at))
    return folder


def test_what_a_crash_left_is_removed_and_what_rows_name_stays(
    database: Database, tmp_path: Path, kept_folder: Path
) -> None:
    orphan = left_by_a_crash(tmp_path, age_seconds=UNTOUCHED_SECONDS + 60)
    assert sweep_unreferenced(database, tmp_path) == 1
    assert not orphan.exists()
    assert (kept_folder / "sound.flac").read_bytes() == b"sound"


def test_what_is_being_written_now_is_left_alone(database: Database, tmp_path: Path) -> None:
    young = left_by_a_crash(tmp_path, age_seconds=60)
    assert sweep_unreferenced(database, tmp_path) == 0
    assert young.exists()


def test_without_a_media_folder_there_is_nothing_to_sweep(database: Database, tmp_path: Path) -> None:
    assert sweep_unreferenced(database, tmp_path / "none") == 0
