import numpy as np
import pytest

from generator.chords import NO_CHORD, QUALITIES, chord_tones, find_chords

MINOR, SEVENTH = (list(QUALITIES).index(name) for name in ("min", "7"))


def played(chords: list[tuple[int, ...]], beats_each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    notes = [
        (12 * beats_each * number, 12 * beats_each, pitch)
        for number, pitches in enumerate(chords)
        for pitch in pitches
    ]
    onset, duration, pitch = (np.array(column, np.int64) for column in zip(*notes, strict=True))
    return onset, duration, pitch


def test_a_cadence_is_read_chord_by_chord() -> None:
    cadence = [(48, 60, 64, 67), (45, 57, 60, 64), (43, 59, 62, 65), (48, 60, 64, 67)]
    chords = find_chords(*played(cadence, beats_each=2), beats=8, beats_per_bar=4)
    a_minor, g_seventh = MINOR * 12 + 9, SEVENTH * 12 + 7
    assert chords.tolist() == [0, 0, a_minor, a_minor, g_seventh, g_seventh, 0, 0]


def test_a_passing_note_does_not_make_a_chord() -> None:
    onset, duration, pitch = played([(48, 60, 64, 67)] * 2, beats_each=2)
    passing = (np.append(onset, 12), np.append(duration, 6), np.append(pitch, 74))
    assert find_chords(*passing, beats=4, beats_per_bar=4).tolist() == [0, 0, 0, 0]


def test_silence_is_no_chord() -> None:
    chords = find_chords(*played([(48, 60, 64, 67)], beats_each=4), beats=12, beats_per_bar=4)
    assert chords[:4].tolist() == [0] * 4
    assert chords[8:].tolist() == [NO_CHORD] * 4


@pytest.mark.parametrize(("chord", "tones"), [(0, (0, 4, 7)), (MINOR * 12 + 9, (9, 0, 4)), (NO_CHORD, ())])
def test_a_chord_number_names_its_tones(chord: int, tones: tuple[int, ...]) -> None:
    assert chord_tones(chord) == tones
