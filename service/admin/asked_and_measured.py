"""What was asked of a piece beside what was measured in it, as the desk shows them."""

from dataclasses import dataclass
from typing import Any

from service.compositions.review import ReviewItem


@dataclass(frozen=True)
class Compared:
    """A row: what it is about, what was asked ("" when nothing), and what was measured ("" when nothing)."""

    name: str
    asked: str
    measured: str


def compared(item: ReviewItem) -> list[Compared]:
    """The rows for one item, those that can be compared first; what is unknown is left out."""
    asked, measured = item.asked, item.measured
    rows = [
        Compared(
            "Length", _with(asked, "seconds", "{:.0f} s"), _with(measured, "duration_seconds", "{:.1f} s")
        ),
        Compared(
            "Tempo", _with(asked, "tempo_bpm", "{:.0f} bpm"), _with(measured, "tempo_bpm", "{:.0f} bpm")
        ),
        Compared("Key", _key(asked), _key(measured)),
        Compared("Metre", _with(asked, "metre", "{}"), ""),
        Compared(
            "Density",
            _with(asked, "density", "{:.0%}"),
            _with(measured, "notes_per_bar", "{:.1f} notes a bar"),
        ),
        Compared("Rows that sound", _rows_asked(asked), _with(measured, "rows_sounding", "{:.0f}")),
        Compared("Silence", "", _with(measured, "silence_share", "{:.0%}")),
        Compared("Longest gap", "", _with(measured, "longest_gap_seconds", "{:.1f} s")),
        Compared("Clashes", "", _with(measured, "clashes_per_100_notes", "{:.1f} in 100 notes")),
        Compared(
            "Longest tune of the training music", "", _with(measured, "repeated_tune_beats", "{:.0f} beats")
        ),
        Compared("Loudness", "", _with(measured, "loudness_lufs", "{:.1f} LUFS")),
        Compared("True peak", "", _with(measured, "true_peak_db", "{:.1f} dB")),
    ]
    return [row for row in rows if row.asked or row.measured]


def _with(values: dict[str, Any], name: str, form: str) -> str:
    return form.format(values[name]) if values.get(name) is not None else ""


def _key(values: dict[str, Any]) -> str:
    return f"{values['key']} {values['mode']}" if {"key", "mode"} <= values.keys() else ""


def _rows_asked(asked: dict[str, Any]) -> str:
    return str(len(asked["programs"])) if asked.get("programs") else ""
