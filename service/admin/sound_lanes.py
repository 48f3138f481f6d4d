"""The outline and the notes of a piece as shapes of SVG, with the seconds of the sound from left to right."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.compositions.written_notes import WrittenNotes, WrittenRow

WIDTH = 1000.0
HEIGHT = 100.0
_THINNEST = 0.8
_ROOM_PITCHES = 2


@dataclass(frozen=True)
class RowShape:
    """All notes of a row in one path; ``notes`` is how many there are."""

    name: str
    path: str
    notes: int


@dataclass(frozen=True)
class Roll:
    """A piano roll: its rows, and where bars begin; all within 1000 by 100."""

    rows: list[RowShape]
    bars: str


def outline(peaks: Sequence[float]) -> str:
    """The path of an outline that is as high below its middle as above, of peaks from 0 to 1; "" without any."""
    if not peaks:
        return ""
    step, middle = WIDTH / len(peaks), HEIGHT / 2
    above = [f"{place * step:.1f} {middle - peak * middle:.1f}" for place, peak in enumerate(peaks)]
    below = [f"{place * step:.1f} {middle + peak * middle:.1f}" for place, peak in enumerate(peaks)]
    return f"M{'L'.join(above)}L{'L'.join(reversed(below))}Z"


def roll_of(written: WrittenNotes, seconds: float) -> Roll | None:
    """The notes over so many seconds of sound, pitches from the lowest to the highest; None where nothing is written."""
    pitches = [pitch for row in written.rows for pitch in row.pitches]
    if not pitches or seconds <= 0:
        return None
    across = WIDTH / max(seconds, written.seconds)
    lowest, highest = min(pitches) - _ROOM_PITCHES, max(pitches) + _ROOM_PITCHES
    height = HEIGHT / (highest - lowest + 1)
    rows = [RowShape(row.name, _path(row, across, height, highest), len(row.pitches)) for row in written.rows]
    bars = round(written.seconds / written.bar_seconds)
    lines = "".join(f"M{bar * written.bar_seconds * across:.1f} 0v{HEIGHT:.0f}" for bar in range(1, bars))
    return Roll(rows, lines)


def _path(row: WrittenRow, across: float, height: float, highest: int) -> str:
    return "".join(
        f"M{begin * across:.1f} {(highest - pitch) * height:.1f}h{max(lasts * across, _THINNEST):.1f}v{height:.1f}"
        f"h-{max(lasts * across, _THINNEST):.1f}z"
        for begin, lasts, pitch in zip(row.begins, row.lasts, row.pitches, strict=True)
    )
