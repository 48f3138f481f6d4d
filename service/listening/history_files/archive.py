"""Reading zip archives made elsewhere, within limits, and nothing of them to disk but archives within archives."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from service.errors import InvalidRequest

MOST_ENTRIES = 500
MOST_BYTES_PER_ENTRY = 500 * 2**20
MOST_BYTES_IN_ALL = 2 * 2**30
# JSON shrinks ten- to thirtyfold; an archive made to explode, a thousandfold.
MOST_COMPRESSION = 200
# What 500 entries with long names take; the directory is read whole before anything can be said of it.
MOST_DIRECTORY_BYTES = 2 * 2**20

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
"""What reading a damaged archive may raise."""

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LONGEST_COMMENT = 65_535


class Allowance:
    """What is left of the limits, over an archive and all archives within it."""

    def __init__(self) -> None:
        self.entries, self.total_bytes = MOST_ENTRIES, MOST_BYTES_IN_ALL


def is_archive(stream: IO[bytes]) -> bool:
    """Whether the file begins as zip archives do; what is put before one to hide it makes it none."""
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    return start in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def open_archive(
    stream: IO[bytes], name: str, allowance: Allowance | None = None
) -> Iterator[zipfile.ZipFile]:
    """A zip archive whose directory keeps to the limits.

    Raises InvalidRequest when the file is no readable zip (``unreadable_archive``) or breaks a limit
    (``archive_over_limits``).
    """
    try:
        if _directory_bytes(stream) > MOST_DIRECTORY_BYTES:
            raise _over_limits(name, f"more than {MOST_ENTRIES} entries")
        archive = zipfile.ZipFile(stream)
    except (*DAMAGE, ValueError) as error:
        raise InvalidRequest(
            f"{name} is not a zip archive that can be read.", code="unreadable_archive"
        ) from error
    with archive:
        broken = _broken_limit(archive.infolist(), allowance or Allowance())
        if broken:
            raise _over_limits(name, broken)
        yield archive


def _over_limits(name: str, broken: str) -> InvalidRequest:
    return InvalidRequest(f"{name} has {broken}, so it was not read.", code="archive_over_limits")


def _broken_limit(entries: list[zipfile.ZipInfo], allowance: Allowance) -> str | None:
    allowance.entries -= len(entries)
    allowance.total_bytes -= sum(entry.file_size for entry in entries)
    if allowance.entries < 0:
        return f"more than {MOST_ENTRIES} entries"
    if any(entry.file_size > MOST_BYTES_PER_ENTRY for entry in entries):
        return f"an entry of more than {MOST_BYTES_PER_ENTRY // 2**20} MB"
    if allowance.total_bytes < 0:
        return f"more than {MOST_BYTES_IN_ALL // 2**30} GB in all"
    if any(entry.file_size > 2**20 + MOST_COMPRESSION * entry.compress_size for entry in entries):
        return f"an entry packed more than {MOST_COMPRESSION}-fold"
    if any(entry.flag_bits & 0x1 for entry in entries):
        return "an entry locked by a password"
    if any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
        return "an entry that is a symbolic link"
    if any(_leads_out(entry.filename) for entry in entries):
        return "an entry whose name leads out of it"
    return None


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def _directory_bytes(stream: IO[bytes]) -> int:
    """How long the archive's directory says it is. Layout: PKWARE's APPNOTE.TXT, 4.3.14 to 4.3.16."""
    size = stream.seek(0, 2)
    start = max(size - _END.size - _LONGEST_COMMENT, 0)
    stream.seek(start)
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0:
        raise zipfile.BadZipFile("no end of the directory")
    told = int(_END.unpack_from(tail, place)[5])
    locator = start + place - _LOCATOR_64.size
    if locator >= 0:
        stream.seek(locator)
        signature, _, offset, _ = _LOCATOR_64.unpack(stream.read(_LOCATOR_64.size))
        if signature == b"PK\x06\x07":
            # Readers look for the record before its locator, whatever the offset says.
            for position in (offset, locator - _END_64.size):
                if 0 <= position <= size - _END_64.size:
                    stream.seek(position)
                    record = _END_64.unpack(stream.read(_END_64.size))
                    if record[0] == b"PK\x06\x06":
                        told = max(told, int(record[8]))
    stream.seek(0)
    return told
