"""Tables with a head line: their columns are known by name, whatever their order, and the rest is never looked at."""

from collections.abc import Callable, Iterator, Sequence

from service.listening.history_files.archive import DAMAGE
from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import parsed
from service.listening.history_files.lines import table_rows
from service.listening.history_files.rows import FailedRow, HistoryRow

ParseCells = Callable[[dict[str, str]], HistoryRow]


def headed_rows(entry: Entry, parse: ParseCells, delimiter: str = ",") -> Iterator[HistoryRow]:
    """The rows below the head line, each as column -> cell; the columns' names are in lower case."""
    head: list[str] | None = None
    for number, cells, problem in _rows(entry, delimiter):
        if cells is None:
            yield FailedRow(entry.name, number, problem)
        elif head is None:
            head = [cell.strip().lower() for cell in cells]
        else:
            yield parsed(parse, dict(zip(head, cells, strict=False)), entry.name, number)


def plain_rows(
    entry: Entry, parse: Callable[[list[str]], HistoryRow], delimiter: str = ","
) -> Iterator[HistoryRow]:
    """The rows of a table without a head line."""
    for number, cells, problem in _rows(entry, delimiter):
        if cells is None:
            yield FailedRow(entry.name, number, problem)
        else:
            yield parsed(parse, cells, entry.name, number)


def head_of(entry: Entry, delimiter: str = ",") -> frozenset[str]:
    """The names in the first line, in lower case; none where it is no text."""
    line = entry.head.split(b"\n", 1)[0]
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return frozenset()
    return frozenset(cell.strip().strip('"').lower() for cell in text.split(delimiter))


def first(cells: dict[str, str], names: Sequence[str]) -> str:
    """The first of these columns that says something, else nothing."""
    return next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")


def _rows(entry: Entry, delimiter: str) -> Iterator[tuple[int, list[str] | None, str]]:
    number = 0
    try:
        with entry.open() as stream:
            for row in table_rows(stream, delimiter):
                number = row.number
                yield row
    except DAMAGE:
        yield number + 1, None, "the archive is damaged from here to the end of this file"
