import json
from pathlib import Path

import pytest

from service.errors import CorruptArtifact, NotFound
from service.jobs import backup, check_backup
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.database import Database
from tests.service.small_library import add_listener


def back_up(database: Database, settings: Settings) -> str:
    add_listener(database)
    payload = job_requests.backup().payload
    name: str = run_inline(database, settings, backup, payload, lambda *_: None)["name"]
    return name


def check(database: Database, settings: Settings, name: str) -> dict[str, object]:
    payload = job_requests.check_backup(name).payload
    return run_inline(database, settings, check_backup, payload, lambda *_: None)


def test_a_whole_copy_is_found_to_be_whole(database: Database, store_settings: Settings) -> None:
    file = store_settings.media_dir / "composed" / "a" / "sound.flac"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"sound")
    name = back_up(database, store_settings)
    found = check(database, store_settings, name)
    assert (found["media_files"], found["gone"]) == (1, 0)
    file.unlink()
    assert "1 of its 1 media files" in str(check(database, store_settings, name)["sentence"])


def test_a_copy_that_lost_rows_or_bytes_is_found_out(database: Database, store_settings: Settings) -> None:
    name = back_up(database, store_settings)
    copy = store_settings.backups_dir / name
    ledger = copy.with_suffix(".json")
    counted = json.loads(ledger.read_text())
    ledger.write_text(json.dumps({**counted, "user_account": 7}))
    with pytest.raises(CorruptArtifact) as refused:
        check(database, store_settings, name)
    assert refused.value.code == "snapshot_differs"
    ledger.write_text("{")
    with pytest.raises(CorruptArtifact):
        check(database, store_settings, name)


def test_only_copies_in_the_backups_folder_are_looked_at(
    database: Database, store_settings: Settings
) -> None:
    for name in ("none.sqlite3", "../homespun.sqlite3", str(Path("/etc/passwd"))):
        with pytest.raises(NotFound) as refused:
            check(database, store_settings, name)
        assert refused.value.code == "unknown_backup"
