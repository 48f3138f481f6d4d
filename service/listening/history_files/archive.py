"""Reading files and zip archives made elsewhere, line by line and within limits."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from service.errors import InvalidRequest

MOST_ENTRIES = 500
MOST_BYTES_PER_ENTRY = 500 * 2**20
MOST_BYTES_IN_ALL = 2 * 2**30
# JSON lines shrink ten- to twentyfold; an archive made to explode, a thousandfold.
MOST_COMPRESSION = 200
MOST_BYTES_PER_LINE = 64 * 2**10


class Line(NamedTuple):
    """A line without its end; ``text`` is None where it is too long or not UTF-8, and ``problem`` says which."""

    number: int
    text: str | None
    problem: str = ""


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip archive whose directory keeps to the limits. Nothing is ever unpacked to disk.

    Raises InvalidRequest when the file is no readable zip or breaks a limit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_limits(archive, path)
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise InvalidRequest(
            f"{path.name} is not a zip archive that can be read.", code="unreadable_archive"
        ) from error


def _check_limits(archive: zipfile.ZipFile, path: Path) -> None:
    entries = archive.infolist()
    broken = None
    if len(entries) > MOST_ENTRIES:
        broken = f"more than {MOST_ENTRIES} entries"
    elif any(entry.file_size > MOST_BYTES_PER_ENTRY for entry in entries):
        broken = f"an entry of more than {MOST_BYTES_PER_ENTRY // 2**20} MB"
    elif sum(entry.file_size for entry in entries) > MOST_BYTES_IN_ALL:
        broken = f"more than {MOST_BYTES_IN_ALL // 2**30} GB in all"
    elif any(entry.file_size > 2**20 + MOST_COMPRESSION * entry.compress_size for entry in entries):
        broken = f"an entry packed more than {MOST_COMPRESSION}-fold"
    elif any(entry.flag_bits & 0x1 for entry in entries):
        broken = "an entry locked by a password"
    if broken:
        raise InvalidRequest(f"{path.name} has {broken}, so it was not read.", code="archive_over_limits")


def lines_of(stream: IO[bytes]) -> Iterator[Line]:
    """The lines that are not blank, numbered from 1 as an editor counts them."""
    number = 0
    while raw := stream.readline(MOST_BYTES_PER_LINE + 1):
        number += 1
        if len(raw) > MOST_BYTES_PER_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(MOST_BYTES_PER_LINE)
            yield Line(number, None, f"longer than {MOST_BYTES_PER_LINE // 1024} kB")
            continue
        if not raw.strip():
            continue
        try:
            yield Line(number, raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError:
            yield Line(number, None, "not UTF-8 text")
