import os
from pathlib import Path

from service.operations.kept_backups import list_backups


def test_copies_are_listed_newest_first_and_nothing_half_made(tmp_path: Path) -> None:
    for age, name in enumerate(["new.sqlite3", "old.pgdump", ".half.sqlite3", "counts.json"]):
        path = tmp_path / name
        path.write_bytes(b"copy")
        os.utime(path, (2_000_000 - age, 2_000_000 - age))

    assert [each.name for each in list_backups(tmp_path)] == ["new.sqlite3", "old.pgdump"]
    assert list_backups(tmp_path)[0].size_bytes == 4


def test_no_folder_is_no_backups(tmp_path: Path) -> None:
    assert list_backups(tmp_path / "none") == []
