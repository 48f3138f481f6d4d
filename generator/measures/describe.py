"""One vector of plain features for a window of notes: what a two-sample judge sees.

Everything is a share, a mean, a logarithm or an entropy, so windows of any length and tempo compare. Left out are tempo,
instruments and velocities: the first two are asked for and not composed, and half the corpus writes no velocities.
"""

from functools import cache
from itertools import combinations

import numpy as np

from generator.measures.clashes import find_clashes, piece_chords
from generator.measures.corruptions import tonic_in_major
from generator.measures.excerpts import bar_steps
from generator.measures.line_features import Line, drum_features, pitch_features, rhythm_features
from generator.measures.relation_features import (
    HeardLine,
    harmony_features,
    pair_features,
    rhythm_agreement,
)
from generator.notes import ROWS, Notes, NoteTrack

_LINES = ROWS[:-1]


def describe(notes: Notes) -> np.ndarray:
    """Return the features (features,) float32 of a window, in the order of `feature_names`; rows that rest give zeros."""
    return np.array(list(_features(notes).values()), np.float32)


@cache
def feature_names() -> tuple[str, ...]:
    """Return the features' names, each beginning with the row or rows it is about."""
    return tuple(_features(Notes((), 100.0, 4, 1)))


def _features(notes: Notes) -> dict[str, float]:
    lines = {row: _line(notes, row) for row in ROWS}
    chords, tonic = piece_chords(notes), tonic_in_major(notes)
    clashes = find_clashes(notes)
    total = max(clashes.notes, 1)
    found = {
        "all: rubbing": clashes.rubbing / total,
        "all: leaping": clashes.leaping / total,
        "all: bass off chord": clashes.off_chord / total,
        "all: pitched notes a bar": float(np.log1p(clashes.notes / notes.bars)),
    }
    found |= _named("harmony", harmony_features(chords, tonic, notes.beats_per_bar))
    for row in _LINES:
        found |= _named(row, rhythm_features(lines[row]) | pitch_features(lines[row], chords, tonic))
    found |= _named("drums", rhythm_features(lines["drums"]) | drum_features(lines["drums"]))
    heard = {row: HeardLine(lines[row]) for row in _LINES}
    for one, other in combinations(_LINES, 2):
        found |= _named(f"{one}+{other}", pair_features(heard[one], heard[other]))
    struck = lines["drums"].onsets_by_bar()
    for row in _LINES:
        found |= _named(
            f"{row}+drums", rhythm_agreement(lines[row], lines["drums"], heard[row].struck, struck)
        )
    return found


def _named(rows: str, features: dict[str, float]) -> dict[str, float]:
    return {f"{rows}: {name}": float(value) for name, value in features.items()}


def _line(notes: Notes, row: str) -> Line:
    track = next((track for track in notes.tracks if track.row == row), None)
    return Line(*_arrays(track), bars=notes.bars, steps=bar_steps(notes))


def _arrays(track: NoteTrack | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if track is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    return (
        track.onset_steps.astype(np.int64),
        track.duration_steps.astype(np.int64),
        track.pitch.astype(np.int64),
    )
