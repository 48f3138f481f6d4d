"""Text files made elsewhere, line by line and within limits: JSON lines, tables with commas or tabs."""

import csv
from collections.abc import Iterator
from typing import IO, NamedTuple

MOST_BYTES_PER_LINE = 64 * 2**10
TOO_LONG = f"longer than {MOST_BYTES_PER_LINE // 1024} kB"
NOT_TEXT = "not UTF-8 text"


class Line(NamedTuple):
    """A line without its end; ``text`` is None where it is too long or not UTF-8, and ``problem`` says which."""

    number: int
    text: str | None
    problem: str = ""


class TableRow(NamedTuple):
    """A row of a table and the line it ends on; ``cells`` is None where it cannot be read, and ``problem`` says why."""

    number: int
    cells: list[str] | None
    problem: str = ""


def lines_of(stream: IO[bytes]) -> Iterator[Line]:
    """The lines that are not blank, numbered from 1 as an editor counts them."""
    for line in _all_lines(stream):
        if line.text is None:
            yield line
        elif line.text.strip():
            yield Line(line.number, line.text.rstrip("\r\n"))


def table_rows(stream: IO[bytes], delimiter: str = ",") -> Iterator[TableRow]:
    """The rows of a table that are not empty; quoted cells may hold commas and ends of lines."""
    problems: list[str] = []
    reader = csv.reader(_for_csv(stream, problems), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield TableRow(reader.line_num, None, "not a row of a table")
            problems.clear()
            continue
        if problems:
            yield TableRow(reader.line_num, None, problems[0])
            problems.clear()
        elif any(cell.strip() for cell in cells):
            yield TableRow(reader.line_num, cells)


def _all_lines(stream: IO[bytes]) -> Iterator[Line]:
    number = 0
    while raw := stream.readline(MOST_BYTES_PER_LINE + 1):
        number += 1
        if len(raw) > MOST_BYTES_PER_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(MOST_BYTES_PER_LINE)
            yield Line(number, None, TOO_LONG)
            continue
        try:
            yield Line(number, raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError:
            yield Line(number, None, NOT_TEXT)


def _for_csv(stream: IO[bytes], problems: list[str]) -> Iterator[str]:
    for line in _all_lines(stream):
        if line.text is None:
            problems.append(line.problem)
            yield "\n"
        else:
            yield line.text
