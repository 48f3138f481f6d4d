"""Other chords under the same tune."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from generator.arranging.other_chords import under_chords
from generator.chords import NO_CHORD, chord_templates, chord_tones
from generator.editing.written import Written
from generator.notes import STEPS_PER_BEAT, Notes
from generator.planes import piece_chords

ACCOMPANIMENT = ("comp", "pad", "bass")
"""Rows that follow the chords; the tune and the drums stay."""

# What a chord is worth in a place: that its tones hold the tune's, that it shares tones with the one it replaces, that it
# belongs to the key, that its root comes a fourth or fifth after the one before, and that it is not the one before.
_TUNE, _KINSHIP, _FOREIGN_TONE, _FIFTH, _REPEATED, _CHANCE = 1.0, 0.5, -0.4, 0.15, -0.3, 0.25
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class _Run:
    """Beats from `first` up to `end` on one `chord`."""

    first: int
    end: int
    chord: int


def reharmonise(written: Written, rng: np.random.Generator) -> tuple[Written, np.ndarray]:
    """Put other chords under the tune; return the piece and the chord number of each beat (beats,) in its key.

    Every chord but the last, on which the piece ends, gives way to another that holds the tune's notes, mostly of its key.
    Chord tones of comp, pad and bass move to the nearest tones of the new chord; tune, drums, rhythm and loudness stay.
    Raises ValueError where there is no chord that could give way.
    """
    runs = _runs(piece_chords(written.notes))
    fixed = {number for number, run in enumerate(runs) if run.chord == NO_CHORD}
    fixed |= set() if written.loops else {len(runs) - 1}
    if len(fixed) == len(runs):
        raise ValueError("the piece has no chords that others could stand in for")
    chosen = _choose(written, runs, fixed, rng)
    beats = [run.end - run.first for run in runs]
    old, new = np.repeat([run.chord for run in runs], beats), np.repeat(chosen, beats)
    tracks = tuple(
        under_chords(track, old, new) if track.row in ACCOMPANIMENT else track
        for track in written.notes.tracks
    )
    return written.with_notes(replace(written.notes, tracks=tracks)), new


def _runs(chords: np.ndarray) -> list[_Run]:
    edges = [0, *(np.flatnonzero(np.diff(chords)) + 1).tolist(), len(chords)]
    return [_Run(first, end, int(chords[first])) for first, end in pairwise(edges)]


def _choose(written: Written, runs: list[_Run], fixed: set[int], rng: np.random.Generator) -> list[int]:
    """Return the best chord of each run: a Viterbi path over what chords are worth in their places."""
    templates = chord_templates()
    scale = [(written.asked.key + degree) % 12 for degree in _SCALES[written.asked.mode]]
    foreign = np.array([sum(tone not in scale for tone in chord_tones(chord)) for chord in range(NO_CHORD)])
    worth = np.zeros((len(runs), NO_CHORD))
    for number, run in enumerate(runs):
        if run.chord == NO_CHORD:
            continue
        tune = _tune_chroma(written.notes, run)
        worth[number] = _TUNE * templates @ tune + _KINSHIP * templates @ templates[run.chord]
        worth[number] += _FOREIGN_TONE * foreign + _CHANCE * rng.random(NO_CHORD)
        if number in fixed:
            worth[number] = np.where(np.arange(NO_CHORD) == run.chord, 0.0, -np.inf)
        else:
            worth[number, run.chord] = -np.inf
    path = _path(worth, _moves())
    return [run.chord if number in fixed else path[number] for number, run in enumerate(runs)]


def _moves() -> np.ndarray:
    """Return what going from one chord to the next is worth (chords, chords)."""
    root = np.arange(NO_CHORD) % 12
    by_fifth = np.isin((root[None] - root[:, None]) % 12, (5, 7))
    return _FIFTH * by_fifth + _REPEATED * np.eye(NO_CHORD)


def _path(worth: np.ndarray, moves: np.ndarray) -> list[int]:
    total, came_from = worth[0], []
    for here in worth[1:]:
        ways = total[:, None] + moves
        came_from.append(ways.argmax(0))
        total = ways.max(0) + here
    path = [int(total.argmax())]
    for origin in reversed(came_from):
        path.append(int(origin[path[-1]]))
    return path[::-1]


def _tune_chroma(notes: Notes, run: _Run) -> np.ndarray:
    """Return the lead's pitch classes (12,) in a run by their duration, of unit length; zero where it rests."""
    chroma = np.zeros(12)
    first, end = run.first * STEPS_PER_BEAT, run.end * STEPS_PER_BEAT
    for track in notes.tracks:
        if track.row == "lead":
            within = np.minimum(track.onset_steps + track.duration_steps, end) - np.maximum(
                track.onset_steps, first
            )
            np.add.at(chroma, track.pitch % 12, np.maximum(within, 0))
    size = float(np.linalg.norm(chroma))
    return chroma / size if size else chroma
