"""The copies of the store that are kept."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

COPIES = (".sqlite3", ".pgdump")


class KeptBackup(NamedTuple):
    """One copy; its name begins with when it was made."""

    name: str
    size_bytes: int
    made_at: datetime


def list_backups(backups_dir: Path) -> list[KeptBackup]:
    """The copies in the backups folder, newest first."""
    if not backups_dir.is_dir():
        return []
    files = [path for path in backups_dir.iterdir() if path.suffix in COPIES and path.name[0] != "."]
    facts = [(path.name, path.stat()) for path in files]
    kept = [
        KeptBackup(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
        for name, status in facts
    ]
    return sorted(kept, key=lambda each: each.made_at, reverse=True)


def remove_oldest(backups_dir: Path, *, keep: int) -> list[str]:
    """Remove all but the newest copies, with what lies beside them; return the names of the copies that went."""
    removed = [backup.name for backup in list_backups(backups_dir)[keep:]]
    for name in removed:
        for path in backups_dir.glob(f"{Path(name).stem}.*"):
            path.unlink(missing_ok=True)
    return removed
