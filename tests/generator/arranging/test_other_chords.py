import numpy as np

from generator.arranging.other_chords import under_chords
from generator.chords import NO_CHORD
from tests.generator.pieces import track

C_MAJOR, F_MAJOR, G_MAJOR, A_MINOR = 0, 5, 7, 12 + 9


def moved(row: str, notes: list[tuple[int, int, int, int]], old: int, new: int) -> list[int]:
    played = under_chords(track(row, 0, notes), np.full(4, old), np.full(4, new))
    return played.pitch.tolist()


def test_chord_tones_move_to_the_nearest_tones_and_none_is_struck_twice() -> None:
    triad = [(0, 24, pitch, 80) for pitch in (60, 64, 67)]
    assert moved("comp", triad, C_MAJOR, F_MAJOR) == [60, 65, 69]
    assert moved("comp", triad, C_MAJOR, A_MINOR) == [60, 64, 69]
    assert moved("comp", triad, C_MAJOR, C_MAJOR) == [60, 64, 67]


def test_in_the_bass_root_third_and_fifth_stay_what_they_are() -> None:
    line = [(0, 12, 36, 80), (12, 12, 40, 80), (24, 12, 43, 80)]
    assert moved("bass", line, C_MAJOR, F_MAJOR) == [41, 45, 48]
    assert moved("bass", line, C_MAJOR, A_MINOR) == [33, 36, 40]


def test_the_bass_goes_to_the_octave_that_it_leaps_least_to() -> None:
    line = track("bass", 32, [(0, 48, 36, 80), (48, 48, 43, 80)])
    old, new = np.repeat([C_MAJOR, G_MAJOR], 4), np.repeat([C_MAJOR, A_MINOR], 4)
    assert under_chords(line, old, new).pitch.tolist() == [36, 33]


def test_what_passes_stays() -> None:
    assert moved("bass", [(0, 24, 36, 80), (24, 5, 38, 80)], C_MAJOR, A_MINOR) == [33, 38]
    assert moved("comp", [(0, 5, 62, 80)], C_MAJOR, F_MAJOR) == [62]
    assert moved("comp", [(0, 24, 62, 80)], C_MAJOR, F_MAJOR) != [62]


def test_where_there_is_no_chord_nothing_moves() -> None:
    assert moved("comp", [(0, 24, 61, 80)], NO_CHORD, F_MAJOR) == [61]
    assert moved("comp", [(0, 24, 61, 80)], C_MAJOR, NO_CHORD) == [61]
