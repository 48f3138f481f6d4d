"""The files that a history file consists of: itself, or those in its zip archive and in archives within that."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from service.errors import InvalidRequest, NotFound
from service.listening.history_files.archive import (
    DAMAGE,
    Allowance,
    is_archive,
    open_archive,
)

HEAD_BYTES = 64 * 2**10
# Apple packs an archive into an archive into an archive.
_DEEPEST = 3
_IN_MEMORY_BYTES = 16 * 2**20


class CountedStream:
    """A stream that counts what was read of it."""

    def __init__(self, stream: IO[bytes], counter: "ReadBytes") -> None:
        self._stream, self._counter = stream, counter

    def read(self, size: int = -1) -> bytes:
        """As a file's."""
        return self._counted(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        """As a file's."""
        return self._counted(self._stream.readline(size))

    def _counted(self, content: bytes) -> bytes:
        self._counter.count += len(content)
        return content


@dataclass
class ReadBytes:
    """How many bytes were read of all entries."""

    count: int = 0


@dataclass(frozen=True)
class Entry:
    """One file. ``name`` is its path within the archive; ``open_raw`` opens it for reading, as often as is wanted."""

    name: str
    size_bytes: int
    open_raw: Callable[[], AbstractContextManager[IO[bytes]]]
    counter: ReadBytes = field(default_factory=ReadBytes)

    @property
    def base_name(self) -> str:
        """The name without its folders."""
        return self.name.rsplit("/", 1)[-1]

    @cached_property
    def head(self) -> bytes:
        """How it begins; empty where not even that can be read."""
        try:
            with self.open_raw() as stream:
                return stream.read(HEAD_BYTES)
        except DAMAGE:
            return b""

    @property
    def json_starts(self) -> bytes:
        """What JSON begins with here, an object or an array; empty where the file is something else."""
        start = self.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        return start if start[:1] in (b"{", b"[") else b""

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """For reading from the beginning to the end, once."""
        with self.open_raw() as stream:
            yield cast("IO[bytes]", CountedStream(stream, self.counter))


@contextmanager
def open_entries(path: Path, name: str | None = None) -> Iterator[list[Entry]]:
    """The entries of a file, which are good while the block runs. ``name`` is what the person calls the file.

    Raises NotFound (``no_such_file``) and InvalidRequest (``unreadable_file``, and as `open_archive`).
    """
    name = name or path.name
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", code="no_such_file")
    with ExitStack() as opened:
        try:
            stream = opened.enter_context(path.open("rb"))
        except OSError as error:
            raise InvalidRequest(
                f"{path} cannot be opened: {error.strerror}.", code="unreadable_file"
            ) from error
        counter = ReadBytes()
        if is_archive(stream):
            entries = list(_of_archive(stream, name, opened, counter, Allowance(), depth=1))
            if entries:
                yield entries
                return
        yield [Entry(name, path.stat().st_size, lambda: path.open("rb"), counter)]


def _of_archive(
    stream: IO[bytes], name: str, opened: ExitStack, counter: ReadBytes, allowance: Allowance, depth: int
) -> Iterator[Entry]:
    """The files of an archive; none of one that is a spreadsheet, which is read as a whole."""
    archive = opened.enter_context(open_archive(stream, name, allowance))
    if "xl/workbook.xml" in archive.namelist():
        return
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.filename.lower().endswith(".zip") and depth < _DEEPEST:
            within = opened.enter_context(_copied_out(archive, info))
            yield from _of_archive(within, info.filename, opened, counter, allowance, depth + 1)
        else:
            yield Entry(info.filename, info.file_size, _opener(archive, info), counter)


def _opener(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    return lambda: archive.open(info)


def _copied_out(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """An archive within an archive, which can only be read where one can jump about in it."""
    copy = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # closed by the caller
    try:
        with archive.open(info) as packed:
            shutil.copyfileobj(packed, copy)
    except DAMAGE as error:
        copy.close()
        raise InvalidRequest(
            f"{info.filename} is not a zip archive that can be read.", code="unreadable_archive"
        ) from error
    copy.seek(0)
    return cast("IO[bytes]", copy)
