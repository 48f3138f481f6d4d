import numpy as np
import pytest

from generator.assembly import assemble, certain
from generator.bars import transposition_to_frame
from generator.chords import NO_CHORD
from generator.notes import Notes
from generator.planes import bar_chords, notes_to_planes
from tests.generator.pieces import BAR_STEPS, small_band, track
from tests.generator.same_notes import row_of, same_notes


def and_back(notes: Notes, transposition: int) -> Notes:
    """Return the notes as planes, and as notes again."""
    planes = notes_to_planes(notes, transposition)
    return assemble(
        planes.onset.numpy() > 0,
        certain(planes.sounding.numpy()),
        planes.velocity.numpy(),
        planes.drum_onset.numpy() > 0,
        planes.drum_velocity.numpy(),
        metre=0 if notes.beats_per_bar == 4 else 1,
        transposition=transposition,
        programs={each.row: each.program for each in notes.tracks},
        tempo_bpm=notes.tempo_bpm,
    )


@pytest.mark.parametrize("transposition", [-6, 0, 5])
def test_notes_become_planes_and_the_same_notes_again(transposition: int) -> None:
    band = small_band(3)
    assert same_notes(and_back(band, transposition), band)


def test_a_note_of_three_bars_survives() -> None:
    pad = [(24, 3 * BAR_STEPS, 60, 80), (0, 12, 64, 80)]
    piece = Notes((track("pad", 48, pad),), 100.0, 4, 5)
    back = row_of(and_back(piece, 0), "pad")
    assert back.duration_steps.tolist() == [12, 3 * BAR_STEPS]


def test_a_bar_of_three_beats_leaves_its_last_patch_empty() -> None:
    piece = Notes((track("bass", 33, [(0, 36, 40, 90), (36, 36, 45, 90)]),), 100.0, 3, 2)
    planes = notes_to_planes(piece, 0)
    assert planes.patches.tolist() == [3, 3]
    assert not planes.sounding[:, :, 36:].any()
    assert (planes.chords[:, 3] == NO_CHORD).all()
    assert same_notes(and_back(piece, 0), piece)


def test_pitches_beyond_the_codec_move_by_octaves() -> None:
    piece = Notes((track("lead", 73, [(0, 12, 108, 90), (12, 12, 12, 90)]),), 100.0, 4, 1)
    assert row_of(and_back(piece, 0), "lead").pitch.tolist() == [84, 24]


def test_chords_come_in_the_key_frame() -> None:
    # a C major chord throughout, first as the tonic, then as the dominant of F
    for tonic, expected in ((0, 0), (5, 7)):
        chords = bar_chords(small_band(2), transposition_to_frame(tonic, "major"))
        assert np.array_equal(chords, np.full((2, 4), expected))
