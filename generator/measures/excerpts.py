"""Parts of a piece, cut at bar lines, so that everything that is compared is of one length."""

from dataclasses import replace

import numpy as np

from generator.notes import STEPS_PER_BEAT, Notes


def bar_steps(notes: Notes) -> int:
    """Return the grid steps of one bar."""
    return notes.beats_per_bar * STEPS_PER_BEAT


def excerpt(notes: Notes, first_bar: int, bars: int) -> Notes:
    """Return `bars` bars from `first_bar` on; what began earlier is left out, what goes on longer is cut.

    Rows that rest throughout stay as empty tracks. Raises ValueError where the piece has no such bars.
    """
    if first_bar < 0 or bars < 1 or first_bar + bars > notes.bars:
        raise ValueError(f"a piece of {notes.bars} bars has no {bars} bars from bar {first_bar} on")
    start, end = first_bar * bar_steps(notes), (first_bar + bars) * bar_steps(notes)
    tracks = []
    for track in notes.tracks:
        inside = track.take((track.onset_steps >= start) & (track.onset_steps < end))
        duration = np.minimum(inside.duration_steps, end - inside.onset_steps)
        tracks.append(
            replace(
                inside,
                onset_steps=(inside.onset_steps - start).astype(np.int32),
                duration_steps=duration.astype(np.int32),
            )
        )
    return replace(notes, tracks=tuple(tracks), bars=bars)
