"""Which notes an instrument has, and how a row comes into its range: by octaves, a phrase at a time."""

from dataclasses import dataclass, replace

import numpy as np

from generator.arranging.lines import in_order, phrase_of_notes
from generator.notes import NoteTrack

OCTAVE = 12


@dataclass(frozen=True)
class InstrumentRange:
    """Sounding range of an instrument: MIDI numbers, both ends included."""

    low: int
    high: int


# Sounding ranges of competent players (S. Adler, "The Study of Orchestration"); for synthesisers those in which the sounds of
# General MIDI keep their character. First program of each run that shares a range.
_RANGES = (
    (0, 28, 103), (8, 60, 103), (11, 53, 91), (12, 48, 91), (14, 60, 84), (15, 48, 84), (16, 36, 91), (21, 48, 91),
    (24, 40, 83), (30, 38, 86), (32, 28, 60), (35, 28, 60), (36, 28, 60), (40, 55, 96), (41, 48, 84), (42, 36, 76), (43, 28, 60),
    (44, 40, 91), (46, 31, 96), (47, 36, 57), (48, 36, 96), (52, 43, 84), (55, 48, 84), (56, 54, 84), (57, 40, 72), (58, 28, 60),
    (59, 54, 84), (60, 41, 77), (61, 40, 84), (64, 56, 88), (65, 49, 81), (66, 44, 76), (67, 36, 69), (68, 58, 91),
    (69, 52, 81), (70, 34, 72), (71, 50, 91), (72, 74, 103), (73, 60, 94), (74, 60, 91), (75, 60, 91), (76, 60, 91),
    (78, 60, 96), (79, 57, 91), (80, 36, 96), (88, 36, 96), (104, 48, 84), (105, 48, 84), (106, 48, 84), (108, 55, 84), (109, 55, 84),
    (110, 55, 96), (111, 58, 88), (112, 48, 96), (120, 28, 103),
)  # fmt: skip

BASS_RANGE = InstrumentRange(26, 60)
"""Whatever plays the bass row: from a bass tuned down to D to where cellos and bass voices end."""

SINGLE_VOICED = range(56, 80)
"""Programs of wind instruments, which play one note at a time; `61` (a brass section) and `62`, `63` (synthesisers) excepted."""

_SECTIONS = (61, 62, 63)

REGISTER_OCTAVES = 1.5
"""How far the register asked for pulls the tune, from lowest to highest; whole octaves come of it at the extremes."""


def instrument_range(program: int) -> InstrumentRange:
    """Return the range of a General MIDI program from 0 to 127."""
    _, low, high = max(entry for entry in _RANGES if entry[0] <= program)
    return InstrumentRange(low, high)


def single_voiced(track: NoteTrack) -> NoteTrack:
    """Return what a wind instrument or a bass can play of a row: the outer note where several are struck, none held over another."""
    is_bass = track.row == "bass" and 32 <= track.program < 40
    is_wind = (
        track.program in SINGLE_VOICED and track.program not in _SECTIONS and track.row in ("lead", "bass")
    )
    if not (is_bass or is_wind) or not len(track.onset_steps):
        return track
    sign = 1 if track.row == "bass" else -1
    order = np.lexsort((sign * track.pitch, track.onset_steps))
    onset = track.onset_steps[order]
    line = track.take(order[np.r_[True, onset[1:] != onset[:-1]]])
    duration = line.duration_steps.copy()
    duration[:-1] = np.minimum(duration[:-1], np.diff(line.onset_steps))
    return replace(line, duration_steps=duration)


def fit_to_range(track: NoteTrack, reach: InstrumentRange, *, register: float = 0.5) -> NoteTrack:
    """Return the row inside `reach` by octaves: the whole row by where most of it lies, then phrases that still lie outside.

    Only in a phrase that spans more than the instrument does single notes move. `register` (0 to 1, .5 neutral) pulls the row
    up or down where the range leaves a choice: a higher one never gives a lower row.
    """
    if not len(track.pitch):
        return track
    pitch = track.pitch.astype(np.int64)
    middle_half = np.percentile(pitch, [25, 75])
    pitch = pitch + OCTAVE * _octaves(middle_half, reach, REGISTER_OCTAVES * (register - 0.5))
    phrases = phrase_of_notes(track)
    for phrase in range(int(phrases.max()) + 1):
        chosen = phrases == phrase
        pitch[chosen] += OCTAVE * _octaves(pitch[chosen], reach, 0.0)
    while (below := pitch < reach.low).any():
        pitch[below] += OCTAVE
    while (above := pitch > reach.high).any():
        pitch[above] -= OCTAVE
    return in_order(replace(track, pitch=pitch.astype(np.int16)))


def _octaves(pitch: np.ndarray, reach: InstrumentRange, wanted: float) -> int:
    """Return the octaves that leave the fewest semitones outside the range; of equals, the nearest to `wanted` octaves."""
    shifts = range(-5, 6)
    outside = {
        shift: float(
            np.maximum(reach.low - pitch - OCTAVE * shift, 0).sum()
            + np.maximum(pitch + OCTAVE * shift - reach.high, 0).sum()
        )
        for shift in shifts
    }
    return min(shifts, key=lambda shift: (outside[shift], abs(shift - wanted)))
