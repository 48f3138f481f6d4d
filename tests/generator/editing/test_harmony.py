import numpy as np
import pytest

from generator.chords import chord_tones
from generator.editing.harmony import ACCOMPANIMENT, reharmonise
from generator.notes import STEPS_PER_BEAT, Notes
from generator.planes import piece_chords
from tests.generator.editing.tiny import written
from tests.generator.pieces import BAR_STEPS, track
from tests.generator.same_notes import row_of, same_track

TRIADS = {"C": (60, 64, 67), "F": (60, 65, 69), "G": (59, 62, 67)}
ROOTS = {"C": 36, "F": 41, "G": 43}


def song(chords: str = "CFGC") -> Notes:
    """Return a bar a chord: its triad in comp and pad, its root in the bass, its fifth or root in the lead."""
    lead, comp, pad, bass = [], [], [], []
    for bar, name in enumerate(chords):
        begin = bar * BAR_STEPS
        lead.append((begin, BAR_STEPS, TRIADS[name][2] + 12, 90))
        comp += [(begin + step, 10, pitch, 75) for step in (0, 12, 24, 36) for pitch in TRIADS[name]]
        pad += [(begin, BAR_STEPS, pitch - 12, 60) for pitch in TRIADS[name]]
        bass += [(begin + step, 20, ROOTS[name], 90) for step in (0, 24)]
    drums = [(12 * beat, 3, 36, 95) for beat in range(4 * len(chords))]
    tracks = (
        track("lead", 73, lead),
        track("comp", 0, comp),
        track("pad", 48, pad),
        track("bass", 33, bass),
        track("drums", 128, drums),
    )
    return Notes(tracks, 120.0, 4, len(chords))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_other_chords_stand_under_the_same_tune_and_rhythm(seed: int) -> None:
    before = written(song("CFGCFGC"))
    after, chords = reharmonise(before, np.random.default_rng(seed))
    old = piece_chords(before.notes)
    ending = len(chords) - 4
    assert (chords[:ending] != old[:ending]).all()
    assert np.array_equal(chords[ending:], old[ending:])
    assert same_track(row_of(before.notes, "lead"), row_of(after.notes, "lead"))
    assert same_track(row_of(before.notes, "drums"), row_of(after.notes, "drums"))
    for row in ACCOMPANIMENT:
        one, other = row_of(before.notes, row), row_of(after.notes, row)
        assert np.array_equal(one.onset_steps, other.onset_steps)
        assert np.array_equal(one.duration_steps, other.duration_steps)
        for onset, pitch in zip(other.onset_steps, other.pitch, strict=True):
            assert pitch % 12 in chord_tones(int(chords[onset // STEPS_PER_BEAT]))


def test_the_new_chords_hold_the_note_that_the_tune_stays_on() -> None:
    _, chords = reharmonise(written(song("CFGC")), np.random.default_rng(0))
    for bar, name in enumerate("CFG"):
        assert TRIADS[name][2] % 12 in chord_tones(int(chords[4 * bar]))


def test_a_piece_of_drums_alone_has_nothing_to_harmonise() -> None:
    drums = Notes((track("drums", 128, [(0, 3, 36, 90)]),), 120.0, 4, 2)
    with pytest.raises(ValueError, match="no chords"):
        reharmonise(written(drums), np.random.default_rng(0))
