"""Large JSON files, one object at a time: a file of any size takes the memory of one row."""

import codecs
import json
from collections.abc import Callable, Iterator
from typing import IO, Any

import ijson

from service.listening.history_files.archive import DAMAGE
from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import parsed
from service.listening.history_files.lines import lines_of
from service.listening.history_files.rows import FailedRow, HistoryRow

MOST_BYTES_PER_ROW = 2**20
_CHUNK_BYTES = 64 * 2**10

ParseRow = Callable[[Any], HistoryRow]


class _RowTooLongError(ValueError):
    """A row has more bytes than a row may have."""


class _RowByRow:
    """A stream without its byte order mark that refuses to go on within one row for ever."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.in_row, self._is_begun = stream, 0, False

    def read(self, size: int = -1) -> bytes:
        if self.in_row > MOST_BYTES_PER_ROW:
            raise _RowTooLongError
        content = self._stream.read(size)
        self.in_row += len(content)
        if not self._is_begun and size != 0:
            self._is_begun = True
            # An empty answer would be the end of the file.
            return content.removeprefix(codecs.BOM_UTF8) or self._stream.read(size)
        return content


def array_rows(entry: Entry, prefix: str, parse: ParseRow) -> Iterator[HistoryRow]:
    """The rows of the array at ``prefix``, as ijson names it: "item" for a file that is an array.

    What is no JSON, or damaged, ends the file with one row that failed.
    """
    for number, item, problem in _items(entry, prefix):
        yield FailedRow(entry.name, number, problem) if problem else parsed(parse, item, entry.name, number)


def _items(entry: Entry, prefix: str) -> Iterator[tuple[int, Any, str]]:
    number = 0
    try:
        with entry.open() as stream:
            bounded = _RowByRow(stream)
            items = ijson.items(bounded, prefix, use_float=True, buf_size=_CHUNK_BYTES)
            for number, item in enumerate(items, start=1):
                bounded.in_row = 0
                yield number, item, ""
    except _RowTooLongError:
        yield number + 1, None, "longer than a row can be; nothing after it was read"
    except (ijson.JSONError, ValueError, OverflowError, RecursionError):
        yield number + 1, None, "not JSON from here to the end of the file"
    except DAMAGE:
        yield number + 1, None, "the archive is damaged from here to the end of this file"


def line_rows(entry: Entry, parse: ParseRow) -> Iterator[HistoryRow]:
    """The rows of a file with one JSON object a line."""
    number = 0
    try:
        with entry.open() as stream:
            for line in lines_of(stream):
                number = line.number
                yield _line_row(line.text, line.problem, parse, entry.name, number)
    except DAMAGE:
        yield FailedRow(entry.name, number + 1, "the archive is damaged from here to the end of this file")


def _line_row(text: str | None, problem: str, parse: ParseRow, name: str, number: int) -> HistoryRow:
    if text is None:
        return FailedRow(name, number, problem)
    try:
        item = json.loads(text)
    except (ValueError, RecursionError):
        return FailedRow(name, number, "not JSON")
    return parsed(parse, item, name, number)
