"""Spreadsheets made elsewhere (xlsx, a zip of XML), read row by row and within limits."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError  # the exception alone; openpyxl parses with defusedxml

import openpyxl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from service.errors import InvalidRequest
from service.listening.history_files.archive import DAMAGE, open_archive
from service.listening.history_files.entries import Entry

# The table of texts is held in memory as a whole. A history of ten years has some tens of thousands.
MOST_SHARED_STRINGS = 400_000
MOST_SHARED_BYTES = 32 * 2**20
MOST_BYTES_PER_ROW = 256 * 2**10
MOST_ROWS = 2_000_000
MOST_COLUMNS = 40
_BOOK = "xl/workbook.xml"
_MOST_BOOK_BYTES = 2**20
_CHUNK_BYTES = 64 * 2**10
_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>|<(?:\w+:)?row\s[^<>]*/>")

Cells = dict[str, Any]

_BROKEN = (
    *DAMAGE,
    ParseError,
    DefusedXmlException,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
)
"""What openpyxl raises where a workbook is not as it should be."""


class SheetRow(NamedTuple):
    """A row below the head line: column in lower case -> value. ``cells`` is None where it cannot be read."""

    number: int
    cells: Cells | None
    problem: str = ""


def sheet_names(entry: Entry) -> list[str]:
    """What the sheets are called; none where it is no workbook. Raises InvalidRequest as `open_archive` does."""
    if not entry.head.startswith(b"PK\x03\x04"):
        return []
    with entry.open_raw() as stream, open_archive(stream, entry.base_name) as archive:
        try:
            if archive.getinfo(_BOOK).file_size > _MOST_BOOK_BYTES:
                return []
            book = fromstring(archive.read(_BOOK))
        except _BROKEN:
            return []
        return [str(sheet.get("name")) for sheet in book.iter() if sheet.tag.endswith("}sheet")]


@contextmanager
def open_workbook(entry: Entry) -> Iterator[openpyxl.Workbook]:
    """A workbook that keeps to the limits, to be read from its first row to its last.

    Raises InvalidRequest (``archive_over_limits``, ``unreadable_archive``).
    """
    with entry.open_raw() as stream:
        with open_archive(stream, entry.base_name) as archive:
            broken = _broken_limit(archive)
        if broken:
            raise InvalidRequest(
                f"{entry.base_name} has {broken}, so it was not read.", code="archive_over_limits"
            )
        stream.seek(0)
        try:
            workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except _BROKEN as error:
            raise InvalidRequest(
                f"{entry.base_name} is not a spreadsheet that can be read.", code="unreadable_archive"
            ) from error
        try:
            yield workbook
        finally:
            workbook.close()


def sheet_rows(workbook: openpyxl.Workbook, name: str, wanted: frozenset[str] | None) -> Iterator[SheetRow]:
    """The rows of a sheet that has the wanted columns; nothing of another."""
    if wanted is None:
        return
    sheet, head, number = workbook[name], None, 0
    try:
        # What a file says of its own size may be anything.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
        for number, values in enumerate(rows, start=1):
            if all(value is None or value == "" for value in values):
                continue
            if head is None:
                head = [str(value).strip().lower() for value in values]
                if not wanted <= set(head):
                    return
            else:
                yield SheetRow(number, dict(zip(head, values, strict=False)))
    except _BROKEN:
        yield SheetRow(number + 1, None, "the sheet is damaged from here to its end")


def _broken_limit(archive: zipfile.ZipFile) -> str | None:
    try:
        for info in archive.infolist():
            if info.filename.endswith("sharedStrings.xml"):
                if info.file_size > MOST_SHARED_BYTES or _count(archive, info, b"<si") > MOST_SHARED_STRINGS:
                    return f"more than {MOST_SHARED_STRINGS:,} different texts"
            elif "/worksheets/" in info.filename and _longest_row(archive, info) > MOST_BYTES_PER_ROW:
                return "a row that is too long"
    except DAMAGE:
        return "a damaged sheet"
    return None


def _count(archive: zipfile.ZipFile, info: zipfile.ZipInfo, mark: bytes) -> int:
    found, tail = 0, b""
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            found += (tail + chunk).count(mark)
            tail = chunk[-len(mark) + 1 :]
    return found


def _longest_row(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """In bytes; what comes before the first row and after the last counts as one."""
    longest = since = 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            ends = [match.end() for match in _ROW_END.finditer(chunk)]
            if not ends:
                since += len(chunk)
            else:
                longest = max(longest, since + ends[0])
                since = len(chunk) - ends[-1]
            longest = max(longest, since)
    return longest
