import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile
from mutagen.flac import FLAC
from sqlalchemy import select

from service.errors import Cancelled, HomespunError
from service.jobs import scan_library
from service.operations import job_requests
from service.operations.fence import Fence
from service.operations.job_queue import run_inline
from service.settings import load_settings
from service.store.database import Database, open_database
from service.store.ids import new_id
from service.store.tables import Job, LibraryFolder, ScanFailure, Track
from tests.audio_files import melody

_ONE_THREAD = load_settings(threads=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(load_settings(data_dir=tmp_path / "data"))
    yield database
    database.close()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for seed in range(6):
        _write(folder / f"{seed}.flac", seed)
    return folder


def _write(path: Path, seed: int) -> None:
    soundfile.write(path, melody(5.5, seed=seed, sample_rate=8_000, channels=1).T, 8_000)


def _scan(db: Database, folder: Path, *, accept_missing: bool = False) -> dict[str, Any]:
    payload = job_requests.scan_library(folder, accept_missing=accept_missing).payload
    return run_inline(db, _ONE_THREAD, scan_library, payload, lambda _share, _words: None)


def _ids(db: Database, *, present: bool = True) -> dict[str, str]:
    with db.session(read_only=True) as db_session:
        tracks = db_session.scalars(select(Track).where(Track.missing_since.is_(None) == present))
        return {Path(track.file_name).name: track.id for track in tracks}


def _counts(result: dict[str, Any]) -> dict[str, int]:
    names = ("added", "unchanged", "moved", "retagged", "missing")
    return {name: result[name] for name in names if result[name]}


def test_a_folder_is_read_once_and_never_written_to(db: Database, music: Path) -> None:
    before = {path: path.stat() for path in (music, *music.iterdir())}
    first = _scan(db, music)
    assert _counts(first) == {"added": 6}
    assert first["failed"] == []
    assert first["tracks_per_second"] > 0
    # The suite's own process is part of it, and may hold anything.
    assert 0 < first["peak_memory_mb"] - psutil.Process().memory_info().rss / 1e6 < 1_500
    assert _counts(_scan(db, music)) == {"unchanged": 6}
    assert {path: path.stat().st_mtime_ns for path in before} == {
        path: status.st_mtime_ns for path, status in before.items()
    }
    with db.session(read_only=True) as db_session:
        folder = db_session.scalars(select(LibraryFolder)).one()
        assert folder.path == os.fsencode(music)
        track = db_session.scalars(select(Track).where(Track.path == os.fsencode(music / "0.flac"))).one()
        assert (track.title, track.codec, track.sample_rate, track.channels) == ("0", "flac", 8_000, 1)
        assert track.duration_seconds == pytest.approx(5.5)


def test_moved_renamed_and_retagged_files_stay_the_same_tracks(db: Database, music: Path) -> None:
    _scan(db, music)
    before = _ids(db)
    (music / "sub").mkdir()
    (music / "0.flac").rename(music / "sub" / "moved.flac")
    (music / "1.flac").rename(music / "spare.flac")
    (music / "2.flac").rename(music / "1.flac")
    (music / "spare.flac").rename(music / "2.flac")
    tagged = FLAC(music / "3.flac")
    tagged["title"] = "<b>New</b>"
    tagged.save()
    result = _scan(db, music)
    assert _counts(result) == {"moved": 3, "retagged": 1, "unchanged": 2}
    after = _ids(db)
    assert after["moved.flac"] == before["0.flac"]
    assert (after["1.flac"], after["2.flac"]) == (before["2.flac"], before["1.flac"])
    assert after["3.flac"] == before["3.flac"]
    with db.session(read_only=True) as db_session:
        assert db_session.get_one(Track, before["3.flac"]).title == "<b>New</b>"


def test_a_scan_that_was_stopped_goes_on_where_it_was(db: Database, music: Path) -> None:
    inputs = scan_library.load_inputs(db, _ONE_THREAD, dict(job_requests.scan_library(music).payload))
    outputs = scan_library.compute(inputs, lambda _share, _words: None)
    for _ in range(3):
        # No more is done than in a process that is killed: what was stored is stored.
        scan_library.store_result(db, next(outputs), Fence(new_id(), 1))
    outputs.close()
    assert len(_ids(db)) == 2
    assert _counts(_scan(db, music)) == {"added": 4, "unchanged": 2}


def test_a_cancelled_scan_keeps_what_it_read(db: Database, music: Path) -> None:
    def cancel_after_the_first(share: float, _words: str) -> None:
        if share > 0:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        run_inline(
            db, _ONE_THREAD, scan_library, job_requests.scan_library(music).payload, cancel_after_the_first
        )
    assert len(_ids(db)) == 1
    with db.session(read_only=True) as db_session:
        assert db_session.scalars(select(Job)).one().state == "cancelled"


def test_files_that_cannot_be_read_are_listed_until_they_change(db: Database, music: Path) -> None:
    (music / "text.mp3").write_text("la la la " * 1_000)
    soundfile.write(music / "short.wav", np.full(8_000, 0.1), 8_000)
    shutil.copy(music / "0.flac", music / "copy.flac")
    os.mkfifo(music / "pipe.ogg")
    result = _scan(db, music)
    assert _counts(result) == {"added": 6}
    listed = {Path(entry["path"]).name: entry["code"] for entry in result["failed"]}
    assert listed == {
        "text.mp3": "unreadable_audio",
        "short.wav": "audio_too_short",
        "copy.flac": "duplicate_audio",
        "pipe.ogg": "not_a_file",
    }
    again = _scan(db, music)
    assert again["failed"] == result["failed"]
    _write(music / "short.wav", 50)
    (music / "text.mp3").unlink()
    assert _counts(_scan(db, music)) == {"added": 1, "unchanged": 6}
    with db.session(read_only=True) as db_session:
        failures = db_session.scalars(select(ScanFailure))
        assert sorted(Path(os.fsdecode(failure.path)).name for failure in failures) == [
            "copy.flac",
            "pipe.ogg",
        ]


def test_a_copy_takes_the_place_of_a_file_that_was_deleted(db: Database, music: Path) -> None:
    shutil.copy(music / "0.flac", music / "copy.flac")
    _scan(db, music)
    before = _ids(db)
    (music / "0.flac").unlink()
    assert _counts(_scan(db, music)) == {"moved": 1, "unchanged": 5}
    assert _ids(db)["copy.flac"] == before["0.flac"]


def test_a_few_deleted_files_are_missing_and_come_back_as_themselves(db: Database, music: Path) -> None:
    _scan(db, music)
    before = _ids(db)
    (music / "0.flac").rename(music.parent / "0.flac")
    assert _counts(_scan(db, music)) == {"missing": 1, "unchanged": 5}
    assert _ids(db, present=False) == {"0.flac": before["0.flac"]}
    (music.parent / "0.flac").rename(music / "0.flac")
    assert _counts(_scan(db, music)) == {"unchanged": 6}
    assert _ids(db) == before


def test_many_files_gone_at_once_are_not_believed_to_be_deleted(db: Database, music: Path) -> None:
    _scan(db, music)
    before = _ids(db)
    for seed in (0, 1):
        (music / f"{seed}.flac").unlink()
    result = _scan(db, music)
    assert (result["vanished"], result["missing"]) == (2, 0)
    assert _ids(db) == before
    assert _scan(db, music, accept_missing=True)["missing"] == 2
    assert len(_ids(db)) == 4


def test_other_audio_in_the_place_of_a_track_is_another_track(db: Database, music: Path) -> None:
    _scan(db, music)
    before = _ids(db)
    _write(music / "0.flac", 77)
    assert _counts(_scan(db, music)) == {"added": 1, "unchanged": 5}
    assert _ids(db)["0.flac"] != before["0.flac"]
    assert list(_ids(db, present=False).values()) == [before["0.flac"]]


def test_a_folder_that_is_not_there_is_said_so_and_its_tracks_are_kept(db: Database, music: Path) -> None:
    _scan(db, music)
    before = _ids(db)
    music.rename(music.with_name("unmounted"))
    with pytest.raises(HomespunError, match=r"no folder .*music\. Its 6 tracks are kept\.") as error:
        _scan(db, music)
    assert error.value.code == "folder_not_found"
    assert _ids(db) == before


def test_a_file_is_no_folder(db: Database, music: Path) -> None:
    with pytest.raises(HomespunError) as error:
        _scan(db, music / "0.flac")
    assert error.value.code == "not_a_folder"
