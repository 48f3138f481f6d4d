"""Tables of text: printed for people, or written into the docs."""

from collections.abc import Iterable

Table = tuple[str, list[list[str]]]
"""A title, and rows of cells; the first row is the heading."""


def printed(tables: Iterable[Table]) -> str:
    """Tables below each other, columns in line."""
    parts = []
    for title, rows in tables:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        parts.append("\n".join([title, "-" * len(title), *lines]))
    return "\n\n".join(parts)


def marked_down(tables: Iterable[Table]) -> str:
    """Tables in Markdown, or that there are none."""
    parts = []
    for title, rows in tables:
        heading, *body = rows
        lines = ["| " + " | ".join(row) + " |" for row in (heading, ["---"] * len(heading), *body)]
        parts.append("\n".join([f"**{title}**", "", *lines]))
    return "\n\n".join(parts) or "Not measured in this run."
