import numpy as np

from generator.chords import NO_CHORD, QUALITIES
from generator.texture_bars import coloured_as, fitting_bars

QUALITY = {name: number for number, name in enumerate(QUALITIES)}
NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9}


def chord(name: str) -> int:
    """The number of a chord such as C, Am or G7."""
    quality = {"": "maj", "m": "min", "7": "7", "maj7": "maj7", "m7": "min7", "sus4": "sus4"}[name[1:]]
    return QUALITY[quality] * 12 + NAMES[name[0]]


def bars(*names: str) -> np.ndarray:
    """A bar of one chord for each name, four beats long."""
    return np.array([[chord(name)] * 4 for name in names])


WRITTEN = bars("C", "F", "G", "C", "Am", "F", "G", "C", "Em", "Am", "F", "G", "Em", "Am", "F", "G")


def test_a_section_under_the_chords_of_the_texture_is_accompanied_as_it_was_written() -> None:
    assert fitting_bars(WRITTEN[:8], WRITTEN).tolist() == list(range(8))
    assert fitting_bars(WRITTEN[8:], WRITTEN).tolist() == list(range(8, 16))


def test_bars_that_fit_alike_follow_each_other_and_begin_again_after_the_last() -> None:
    everywhere = bars(*["C"] * 16)
    assert fitting_bars(everywhere[:8], everywhere).tolist() == list(range(8))
    assert fitting_bars(everywhere[:8], everywhere[:4]).tolist() == [0, 1, 2, 3] * 2


def test_a_chord_that_is_written_elsewhere_is_fetched_from_there_and_a_foreign_one_is_not() -> None:
    asked = bars("Em", "Am", "F", "G", "Am", "F", "G", "C")
    found = fitting_bars(asked, WRITTEN)
    assert (WRITTEN[found] == asked).all()
    foreign = bars("C", "F", "D", "C", "Am", "F", "G", "C")
    assert fitting_bars(foreign, WRITTEN).tolist() == list(range(8))


def test_a_phrase_keeps_its_places_where_another_bar_would_fit_a_little_better() -> None:
    written = bars("C", "F", "G7", "C", "Am", "F", "G", "C", "C", "F", "G7", "C", "Am", "F", "G7", "C")
    asked = bars("C", "F", "G", "C", "Am", "F", "G", "C")
    assert fitting_bars(asked, written).tolist() == list(range(8))


def test_sevenths_are_taken_over_and_other_roots_and_thirds_are_not() -> None:
    asked = bars("G", "Am", "C", "A", "C7", "F")
    written = bars("G7", "Am7", "Am", "Am", "C", "Fmaj7")
    assert coloured_as(asked, written).tolist() == bars("G7", "Am7", "C", "A", "C", "Fmaj7").tolist()
    silent = np.full((1, 4), NO_CHORD)
    assert coloured_as(silent, bars("C")).tolist() == silent.tolist()
    assert coloured_as(bars("C"), silent).tolist() == bars("C").tolist()
