"""Notes under other chords than those they were written for."""

from dataclasses import replace

import numpy as np

from generator.arranging.lines import as_struck
from generator.chords import NO_CHORD, chord_tones
from generator.notes import STEPS_PER_BEAT, NoteTrack

LOWEST_PITCH, HIGHEST_PITCH = 21, 108
"""The keys of a piano."""

_PASSING_STEPS = STEPS_PER_BEAT // 2
_OCTAVE = 12

_PRICE_OF_DISTANCE = 0.3
"""Of a semitone between where the bass was written and where it goes, beside a semitone that it leaps."""


def under_chords(track: NoteTrack, old: np.ndarray, new: np.ndarray) -> NoteTrack:
    """Return a row whose chord tones under `old` moved to tones under `new` (beats,); rhythm and loudness stay.

    Chords move to the nearest tones. In the bass root, third and fifth stay what they are, and what is played over one chord
    moves together, to the octave that it leaps least to. What passes quickly between chord tones stays as it is.
    """
    beat = np.minimum(track.onset_steps // STEPS_PER_BEAT, len(old) - 1)
    before, after = old[beat], new[beat]
    tones = [chord_tones(int(chord)) for chord in before]
    foreign = np.array(
        [pitch % _OCTAVE not in of for pitch, of in zip(track.pitch, tones, strict=True)], bool
    )
    changes = (before != after) & (before != NO_CHORD) & (after != NO_CHORD)
    moves = changes & ~(foreign & (track.duration_steps < _PASSING_STEPS))
    if track.row == "bass":
        pitch = _bass_moved(track, before, after, moves)
    else:
        pitch = _chords_moved(track, after, moves)
    return as_struck(replace(track, pitch=pitch.astype(np.int16)))


def _chords_moved(track: NoteTrack, after: np.ndarray, moves: np.ndarray) -> np.ndarray:
    pitch = track.pitch.astype(np.int64)
    taken: dict[int, set[int]] = {}
    for note in np.lexsort((track.pitch, track.onset_steps)):
        struck = taken.setdefault(int(track.onset_steps[note]), set())
        if moves[note]:
            pitch[note] = _nearest(int(pitch[note]), chord_tones(int(after[note])), struck)
        struck.add(int(pitch[note]))
    return pitch


def _bass_moved(track: NoteTrack, before: np.ndarray, after: np.ndarray, moves: np.ndarray) -> np.ndarray:
    pitch = track.pitch.astype(np.int64)
    order = np.lexsort((track.pitch, track.onset_steps))
    ends = np.flatnonzero((np.diff(before[order]) != 0) | (np.diff(after[order]) != 0)) + 1
    heard: int | None = None
    for notes in np.split(order, ends):
        going = notes[moves[notes]]
        if len(going):
            tones, others = (chord_tones(int(chord[going[0]])) for chord in (before, after))
            step = (others[0] - tones[0] + 5) % _OCTAVE - 5
            for note in going:
                same = tones.index(pitch[note] % _OCTAVE) if pitch[note] % _OCTAVE in tones else len(others)
                pitch[note] = _nearest(int(pitch[note]) + step, others[same : same + 1] or others[1:], set())
            pitch[going] += _OCTAVE * _octaves(int(pitch[going[0]]), int(track.pitch[going[0]]), heard)
        heard = int(pitch[notes[-1]]) if len(notes) else heard
    return pitch


def _octaves(moved: int, written: int, heard: int | None) -> int:
    """Return by how many octaves a bass is moved further: to where it leaps least from what was heard, and stays near."""
    leaps_from = written if heard is None else heard

    def cost(octaves: int) -> float:
        pitch = moved + _OCTAVE * octaves
        return abs(pitch - leaps_from) + _PRICE_OF_DISTANCE * abs(pitch - written)

    return min((0, -1, 1), key=cost)


def _nearest(pitch: int, tones: tuple[int, ...], taken: set[int]) -> int:
    """Return the nearest pitch of these classes that no other note of the moment has, the pitch itself at the worst."""
    near = [
        pitch + step
        for step in sorted(range(-_OCTAVE, _OCTAVE + 1), key=abs)
        if (pitch + step) % _OCTAVE in tones
    ]
    free = [each for each in near if each not in taken and LOWEST_PITCH <= each <= HIGHEST_PITCH]
    return free[0] if free else pitch
