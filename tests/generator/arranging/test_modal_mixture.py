import itertools

import numpy as np

from generator.arranging.modal_mixture import mix_modes
from generator.notes import Notes
from tests.generator.pieces import BAR_STEPS, track

SUBDOMINANT, SUBMEDIANT, TONIC = (65, 69, 72), (69, 72, 76), (60, 64, 67)


def _piece(*chords: tuple[int, ...], shift: int = 0) -> Notes:
    strokes = [
        (bar * BAR_STEPS, 24, pitch + shift, 80) for bar, chord in enumerate(chords) for pitch in chord
    ]
    return Notes((track("comp", 0, strokes),), 100.0, 4, len(chords))


def _borrowing(notes: Notes, mixture: float, mode: str = "major", tonic: int = 0) -> list[int]:
    moved = mix_modes(notes, tonic, mode, mixture).tracks[0].pitch != notes.tracks[0].pitch
    return sorted({int(step) // BAR_STEPS for step in notes.tracks[0].onset_steps[moved]})


def test_only_the_subdominant_borrows_and_never_in_the_ending() -> None:
    piece = _piece(SUBDOMINANT, SUBMEDIANT, TONIC, SUBDOMINANT)
    assert _borrowing(piece, 1.0) == [0]
    assert mix_modes(piece, 0, "major", 1.0).tracks[0].pitch[:3].tolist() == [65, 68, 72]


def test_more_mixture_only_adds_bars_and_none_adds_none() -> None:
    piece = _piece(*[SUBDOMINANT] * 12)
    found = [_borrowing(piece, step / 10) for step in range(11)]
    assert found[0] == []
    assert len(found[-1]) == 7
    assert all(set(less) <= set(more) for less, more in itertools.pairwise(found))


def test_a_minor_subdominant_is_raised_in_any_key() -> None:
    piece = _piece((65, 68, 72), (60, 63, 67), shift=7)
    moved = mix_modes(piece, 7, "minor", 1.0).tracks[0].pitch
    assert moved.tolist() == (np.array([65, 69, 72, 60, 63, 67]) + 7).tolist()
