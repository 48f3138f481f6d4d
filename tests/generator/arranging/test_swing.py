import numpy as np

from generator.arranging.swing import is_swung, offbeat_steps, with_swing
from generator.notes import Notes
from tests.generator.pieces import track


def offbeats(step: int, beats_per_bar: int = 4) -> Notes:
    notes = [(12 * beat + place, 4, 60, 80) for beat in range(24) for place in (0, step)]
    return Notes((track("comp", 0, notes),), 120.0, beats_per_bar, 24 // beats_per_bar)


def test_swing_is_known_by_its_late_offbeats() -> None:
    assert is_swung(offbeats(8))
    assert not is_swung(offbeats(6))
    assert not is_swung(offbeats(9))


def test_three_beats_a_bar_and_no_notes_are_no_swing() -> None:
    assert not is_swung(offbeats(8, beats_per_bar=3))
    assert not is_swung(Notes((), 120.0, 4, 2))


def test_halves_and_thirds_meet_and_sixteenths_stay() -> None:
    late = offbeat_steps(120.0)
    assert with_swing(np.array([0, 3, 6, 8, 9, 18]), 120.0).tolist() == [0, 3, late, late, 9, 12 + late]
