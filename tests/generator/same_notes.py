"""When two pieces, or two rows, are the same note by note."""

import numpy as np

from generator.notes import Notes, NoteTrack


def same_track(one: NoteTrack, other: NoteTrack) -> bool:
    """Whether two rows are equal, bit for bit, in everything a note has."""
    return (one.row, one.program) == (other.row, other.program) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("onset_steps", "duration_steps", "pitch", "velocity")
    )


def same_notes(one: Notes, other: Notes) -> bool:
    """Whether two pieces are equal, bit for bit."""
    return (
        (one.tempo_bpm, one.beats_per_bar, one.bars) == (other.tempo_bpm, other.beats_per_bar, other.bars)
        and len(one.tracks) == len(other.tracks)
        and all(same_track(*pair) for pair in zip(one.tracks, other.tracks, strict=True))
    )


def row_of(notes: Notes, row: str) -> NoteTrack:
    """Return the piece's track of this row."""
    return next(track for track in notes.tracks if track.row == row)
