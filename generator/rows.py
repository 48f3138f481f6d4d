"""Which line of a source piece plays which row of the arrangement."""

from dataclasses import dataclass

import numpy as np

from generator.notes import DRUM_PROGRAM

DRUM_KEYS = (36, 38, 37, 42, 46, 51, 49, 43, 47, 50, 54, 63)
"""General MIDI key played for each of the twelve drum classes: kick, snare, stick, closed and open hat, ride, crash,
low, middle and high tom, tambourine or shaker, hand percussion."""

_CLASS_OF_KEY = {
    35: 0, 36: 0, 38: 1, 40: 1, 37: 2, 39: 2, 42: 3, 44: 3, 46: 4, 51: 5, 53: 5, 59: 5, 49: 6, 52: 6, 55: 6, 57: 6,
    41: 7, 43: 7, 45: 8, 47: 8, 48: 9, 50: 9, 54: 10, 69: 10, 70: 10, 82: 10,
}  # fmt: skip
_OTHER_PERCUSSION = 11

_BASS_PROGRAMS = range(32, 40)
_KEYBOARD_PROGRAMS = range(24)
_LEAD_SPLIT_PITCH, _BASS_SPLIT_PITCH = 57, 55


@dataclass(frozen=True)
class SourceNotes:
    """Notes of a piece or of a part of it, one array entry a note: steps of a twelfth of a beat, MIDI numbers."""

    track: np.ndarray
    program: np.ndarray
    is_drum: np.ndarray
    onset_steps: np.ndarray
    duration_steps: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray

    def __len__(self) -> int:
        return len(self.onset_steps)

    def take(self, chosen: np.ndarray) -> "SourceNotes":
        """Return the notes chosen by a mask or by indices."""
        return SourceNotes(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Arrangement:
    """`rows` (notes,) int8: 0 to 4 as in `notes.ROWS`, -1 = dropped; `programs`: row -> General MIDI program."""

    rows: np.ndarray
    programs: dict[int, int]


def drum_class(keys: np.ndarray) -> np.ndarray:
    """Return the drum class 0 to 11 of General MIDI drum keys."""
    table = np.full(128, _OTHER_PERCUSSION, np.int16)
    for key, number in _CLASS_OF_KEY.items():
        table[key] = number
    return np.asarray(table[keys])


def arrange(notes: SourceNotes) -> Arrangement:
    """Give every note its row: drums by their flag, lead the most salient line, bass the lowest, comp and pad the rest.

    A keyboard without a bass player beside it gives its lowest line to the bass, and without a singer its highest to the
    lead. Lines are never merged; what finds no row is dropped.
    """
    rows = np.full(len(notes), -1, np.int8)
    rows[notes.is_drum] = 4
    programs: dict[int, int] = {4: DRUM_PROGRAM} if notes.is_drum.any() else {}
    lines = _pitched_lines(notes)
    lead = _pick_lead(lines)
    bass = _pick_bass([line for line in lines if line is not lead])
    left = [line for line in lines if line is not lead and line is not bass]
    for row, line in ((0, lead), (3, bass)):
        if line is not None:
            rows[line.indices] = row
            programs[row] = line.program
    left.sort(key=lambda line: -len(line.indices))
    for row, line in zip((1, 2), left, strict=False):
        rows[line.indices] = row
        programs[row] = line.program
    keyboards = [line for line in left[:2] if line.chordal and line.program in _KEYBOARD_PROGRAMS]
    if keyboards and bass is None:
        _split_bass(notes, rows, keyboards, programs)
    if keyboards and lead is None:
        _split_lead(notes, rows, keyboards, programs)
    return Arrangement(rows, {row: program for row, program in programs.items() if (rows == row).any()})


@dataclass(frozen=True, eq=False)
class _Line:
    indices: np.ndarray
    program: int
    mean_pitch: float
    chordal: bool
    coverage: float
    order: int


def _pitched_lines(notes: SourceNotes) -> list[_Line]:
    lines = []
    span = max(int((notes.onset_steps + notes.duration_steps).max()), 1) if len(notes) else 1
    for track in np.unique(notes.track[~notes.is_drum]):
        indices = np.flatnonzero((notes.track == track) & ~notes.is_drum)
        if len(indices) < 4:
            continue
        onsets = notes.onset_steps[indices]
        together = len(indices) / len(np.unique(onsets))
        program = int(np.bincount(notes.program[indices]).argmax())
        coverage = min(float(notes.duration_steps[indices].sum()) / together / span, 1.0)
        mean_pitch = float(notes.pitch[indices].mean())
        lines.append(_Line(indices, program, mean_pitch, together > 1.25, coverage, int(track)))
    return lines


def _pick_lead(lines: list[_Line]) -> _Line | None:
    singing = [
        line
        for line in lines
        if not line.chordal and line.mean_pitch > 54 and line.program not in _BASS_PROGRAMS
    ]
    if not singing:
        return None
    # earlier tracks hold the tune in nearly all sources; height decides among voices and strings
    return max(
        singing, key=lambda line: line.mean_pitch / 12 + 1.5 * line.coverage - 0.25 * min(line.order, 8)
    )


def _pick_bass(lines: list[_Line]) -> _Line | None:
    players = [line for line in lines if line.program in _BASS_PROGRAMS]
    if players:
        return max(players, key=lambda line: len(line.indices))
    low = [line for line in lines if not line.chordal and line.mean_pitch < 56]
    return min(low, key=lambda line: line.mean_pitch) if low else None


def _split_bass(
    notes: SourceNotes, rows: np.ndarray, keyboards: list[_Line], programs: dict[int, int]
) -> None:
    indices = np.concatenate([line.indices for line in keyboards])
    lowest = _outer_line(notes, indices, highest=False)
    rows[lowest[notes.pitch[lowest] < _BASS_SPLIT_PITCH]] = 3
    programs[3] = keyboards[0].program


def _split_lead(
    notes: SourceNotes, rows: np.ndarray, keyboards: list[_Line], programs: dict[int, int]
) -> None:
    indices = np.concatenate([line.indices for line in keyboards])
    indices = indices[rows[indices] != 3]
    if not len(indices):
        return
    highest = _outer_line(notes, indices, highest=True)
    rows[highest[notes.pitch[highest] >= _LEAD_SPLIT_PITCH]] = 0
    programs[0] = keyboards[0].program


def _outer_line(notes: SourceNotes, indices: np.ndarray, *, highest: bool) -> np.ndarray:
    """Return the notes that are the outermost of those struck together and not covered by one still held."""
    sign = -1 if highest else 1
    order = indices[np.lexsort((sign * notes.pitch[indices], notes.onset_steps[indices]))]
    onsets = notes.onset_steps[order]
    first = np.r_[True, onsets[1:] != onsets[:-1]]
    outer = order[first]
    keep = []
    held_pitch, held_until = 0, -1
    for note in outer:
        onset, pitch = int(notes.onset_steps[note]), int(notes.pitch[note])
        if onset < held_until and sign * pitch > sign * held_pitch + 4:
            continue  # an inner note under (or over) the one still sounding
        keep.append(note)
        held_pitch, held_until = pitch, onset + int(notes.duration_steps[note])
    return np.array(keep, np.int64)
