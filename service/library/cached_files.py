"""Small files that can be made again: kept below a folder up to a size, the least recently used go first."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from service.errors import StorageFull
from service.store.media import write_atomically

# Files lie in as many folders as their names have beginnings, and each folder is kept to its share of the size:
# a few directory entries are looked at for each file that is added, however many there are.
BEGINNING_CHARACTERS = 2
FOLDERS = 16**BEGINNING_CHARACTERS


def cached(folder: Path, name: str, most_bytes: int, make: Callable[[], bytes]) -> bytes:
    """The content of the file of this name, made and kept if it is not there. Names begin with hexadecimal digits."""
    path = cached_path(folder, name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = make()
        # What cannot be kept is made again.
        with suppress(StorageFull):
            write_atomically(path, content)
            remove_least_recently_used(path.parent, most_bytes // FOLDERS, keep=path)
        return content
    with suppress(OSError):
        os.utime(path)
    return content


def cached_path(folder: Path, name: str) -> Path:
    """Where the file of this name is kept, if it is."""
    return folder / name[:BEGINNING_CHARACTERS] / name


def remove_least_recently_used(folder: Path, most_bytes: int, *, keep: Path) -> None:
    """Delete files of this folder, the longest unused first, until the rest is no larger; ``keep`` stays."""
    found: list[tuple[float, int, Path]] = []
    for path in folder.iterdir():
        # Another process may remove it at the same time.
        with suppress(FileNotFoundError):
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    size = sum(entry[1] for entry in found)
    for _, size_bytes, path in sorted(found):
        if size <= most_bytes:
            return
        if path != keep and not path.name.startswith("."):
            path.unlink(missing_ok=True)
            size -= size_bytes
