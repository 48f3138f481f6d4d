"""The notes of a composed piece as they are drawn: which row plays what, when and how long."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from generator.notes import NoteTrack


@dataclass(frozen=True)
class WrittenRow:
    """One row: when each note begins and how long it lasts (seconds), and its pitch (MIDI numbers)."""

    name: str
    begins: list[float]
    lasts: list[float]
    pitches: list[int]


@dataclass(frozen=True)
class WrittenNotes:
    """A piece: its rows that sound, its length without the ring of the last notes, and how long a bar lasts (seconds)."""

    rows: tuple[WrittenRow, ...]
    seconds: float
    bar_seconds: float


def read_written(path: Path) -> WrittenNotes | None:
    """What the MIDI file holds; None where it is gone or is not what was written."""
    # Imported here because the web process begins without the generator.
    from generator.midi.reading import read_notes  # noqa: PLC0415  # as the line above says
    from generator.notes import STEPS_PER_BEAT  # noqa: PLC0415  # as the line above says

    try:
        notes = read_notes(path)
    except (OSError, ValueError):
        return None
    step_seconds = 60.0 / notes.tempo_bpm / STEPS_PER_BEAT
    return WrittenNotes(
        rows=tuple(_row(track, step_seconds) for track in notes.tracks if len(track.onset_steps)),
        seconds=notes.duration_seconds,
        bar_seconds=notes.duration_seconds / notes.bars,
    )


def _row(track: "NoteTrack", step_seconds: float) -> WrittenRow:
    return WrittenRow(
        name=track.row,
        begins=np.round(track.onset_steps * step_seconds, 3).tolist(),
        lasts=np.round(track.duration_steps * step_seconds, 3).tolist(),
        pitches=track.pitch.tolist(),
    )
