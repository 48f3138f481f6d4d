"""Takeout's ``watch-history.html``: one very long line of cells, read a cell at a time."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from html.parser import HTMLParser

from service.listening.history_files.archive import DAMAGE
from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import RowProblem, in_utc, optional_text
from service.listening.history_files.rows import FailedRow, ReadingOptions

_CELL = b'<div class="outer-cell'
_CHUNK_BYTES = 64 * 2**10
_MOST_BYTES_PER_CELL = 32 * 2**10
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2}) ?(?P<half>[AaPp]\.?[Mm]\.?)? (?P<zone>\S{1,12})"
)
_TIMES = (
    re.compile(
        rf"(?P<month>[A-Z][a-z]{{2}})[a-z]* (?P<day>\d{{1,2}}), (?P<year>\d{{4}}),? {_CLOCK}", re.ASCII
    ),
    re.compile(
        rf"(?P<day>\d{{1,2}}) (?P<month>[A-Z][a-z]{{2}})[a-z]* (?P<year>\d{{4}}),? {_CLOCK}", re.ASCII
    ),
    re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}),? {_CLOCK}", re.ASCII),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOURS = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "JST": 9,
    "KST": 9,
    "AWST": 8,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "HST": -10,
    "AKST": -9,
    "AKDT": -8,
    "PST": -8,
    "PDT": -7,
    "MST": -7,
    "MDT": -6,
    "CST": -6,
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
    "AST": -4,
    "ADT": -3,
    "BRT": -3,
}
_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?", re.ASCII)

Watched = tuple[str, str, str | None, datetime]
"""Header, title, channel (None for a removed video), and when."""


def is_history_page(entry: Entry) -> bool:
    """Whether it is a page of what was watched."""
    return _CELL in entry.head and b"YouTube" in entry.head


def cells_of(entry: Entry, options: ReadingOptions) -> Iterator[Watched | FailedRow]:
    """The cells, in their order. A zone that its letters do not tell is ``options.time_zone``, where that is given."""
    number = 0
    try:
        for number, cell in enumerate(_raw_cells(entry), start=1):
            try:
                if len(cell) > _MOST_BYTES_PER_CELL:
                    raise RowProblem("longer than a row can be")
                yield _read(cell, options)
            except RowProblem as problem:
                yield FailedRow(entry.name, number, str(problem))
    except DAMAGE:
        yield FailedRow(entry.name, number + 1, "the archive is damaged from here to the end of this file")


def _raw_cells(entry: Entry) -> Iterator[bytes]:
    """The bytes from one cell's beginning to the next's; of one that is too long, so much that this can be seen."""
    with entry.open() as stream:
        buffer, is_begun = b"", False
        while chunk := stream.read(_CHUNK_BYTES):
            *cells, buffer = (buffer + chunk).split(_CELL)
            for cell in cells:
                if is_begun:
                    yield cell
                is_begun = True
            if len(buffer) > _MOST_BYTES_PER_CELL + len(_CELL):
                # The end may be the beginning of the next cell's mark.
                buffer = buffer[: _MOST_BYTES_PER_CELL + 1] + buffer[-len(_CELL) :]
        if is_begun:
            yield buffer


class _Cell(HTMLParser):
    """The texts of a cell: its header, the lines of its body, and what is linked in them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.header = ""
        self.lines, self.links = [""], list[str]()
        self._place: str | None = None
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = dict(attrs).get("class") or ""
        if tag in ("div", "p"):
            if "title" in classes:
                self._place = "header"
            elif "content-cell" in classes:
                is_body = "body-1" in classes and "right" not in classes and self.lines == [""]
                self._place = "body" if is_body else None
        elif tag == "br" and self._place == "body":
            self.lines.append("")
        elif tag == "a" and self._place == "body":
            self._in_link = True
            self.links.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False
        elif tag in ("div", "p"):
            self._place = None

    def handle_data(self, data: str) -> None:
        if self._place == "header":
            self.header += data
        elif self._place == "body":
            self.lines[-1] += data
            if self._in_link:
                self.links[-1] += data


def _read(raw: bytes, options: ReadingOptions) -> Watched:
    cell = _Cell()
    try:
        cell.feed(raw.decode("utf-8"))
        cell.close()
    except (ValueError, AssertionError) as error:
        # The parser asserts where a declaration makes no sense.
        raise RowProblem("not a row of such a page") from error
    lines = [text for line in cell.lines if (text := _SPACES.sub(" ", line).strip())]
    if len(lines) < 2:
        raise RowProblem("not a row of such a page")
    links = [_SPACES.sub(" ", link).strip() for link in cell.links]
    title = links[0] if links else lines[0]
    channel = optional_text(links[1]) if len(links) > 1 else None
    return _SPACES.sub(" ", cell.header).strip(), title, channel, _time(lines[-1], options)


def _time(text: str, options: ReadingOptions) -> datetime:
    found = next((match for pattern in _TIMES if (match := pattern.fullmatch(text))), None)
    if found is None:
        raise RowProblem("its time is written in another language: choose JSON at Takeout")
    told = found["month"]
    if not told.isdigit() and told not in _MONTHS:
        raise RowProblem("its time is written in another language: choose JSON at Takeout")
    month = int(told) if told.isdigit() else _MONTHS.index(told) + 1
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "Pp" else 0)
    try:
        shown = datetime(
            int(found["year"]),
            month,
            int(found["day"]),
            hour,
            int(found["minute"]),
            int(found["second"]),
            tzinfo=_zone(found["zone"], options),
        )
    except ValueError as error:
        if isinstance(error, RowProblem):
            raise
        raise RowProblem("its time is not a time") from error
    return in_utc(shown, "its time")


def _zone(name: str, options: ReadingOptions) -> tzinfo:
    if name in _HOURS:
        return timezone(timedelta(hours=_HOURS[name]))
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes <= 14 * 60:
            return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    if options.time_zone is not None:
        return options.time_zone
    raise RowProblem("its time is in a zone that is not known here: choose JSON at Takeout")
