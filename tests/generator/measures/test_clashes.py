import numpy as np
import pytest

from generator.measures.clashes import clashes_per_100_notes, find_clashes
from generator.notes import Notes
from tests.generator.pieces import BAR_STEPS, small_band, track


def two_rows(lead: list[tuple[int, int, int, int]], comp: list[tuple[int, int, int, int]]) -> Notes:
    return Notes((track("lead", 73, lead), track("comp", 0, comp)), 100.0, 4, 2)


def test_a_band_on_one_chord_does_not_clash() -> None:
    assert clashes_per_100_notes(small_band()) == 0.0


@pytest.mark.parametrize("gap", [1, 13])
def test_a_semitone_or_a_minor_ninth_held_across_rows_on_a_strong_beat_is_one_clash(gap: int) -> None:
    clashing = two_rows([(0, 12, 60 + gap, 90)], [(0, 12, 60, 80)])
    assert find_clashes(clashing).rubbing == 1


@pytest.mark.parametrize(
    ("onset", "duration", "gap"),
    [(0, 5, 1), (12, 12, 1), (0, 12, 2), (0, 12, 11)],
    ids=["too short", "on a weak beat", "a whole tone", "a major seventh"],
)
def test_what_passes_quickly_or_weakly_or_is_wider_is_no_clash(onset: int, duration: int, gap: int) -> None:
    passing = two_rows([(onset, duration, 60 + gap, 90)], [(onset, duration, 60, 80)])
    assert find_clashes(passing).rubbing == 0


def test_a_semitone_within_one_row_is_a_chord_and_no_clash() -> None:
    cluster = two_rows([(48, 12, 84, 90)], [(0, 48, 59, 80), (0, 48, 60, 80)])
    assert find_clashes(cluster).rubbing == 0


def test_a_foreign_note_in_the_tune_is_a_clash_only_if_it_leaps_away() -> None:
    chord = [(bar, 48, pitch, 80) for bar in (0, BAR_STEPS) for pitch in (48, 52, 55)]
    stepping = two_rows([(0, 24, 72, 90), (24, 6, 74, 90), (30, 18, 76, 90)], chord)
    leaping = two_rows([(0, 24, 72, 90), (24, 6, 74, 90), (30, 18, 79, 90)], chord)
    assert find_clashes(stepping).leaping == 0
    assert find_clashes(leaping).leaping == 1


def test_a_bass_beside_the_chord_counts_on_strong_beats_when_it_lasts() -> None:
    comp = track(
        "comp", 0, [(bar * 48, 48, pitch, 80) for bar in (0, 1) for pitch in (48, 52, 55, 60, 64, 67)]
    )
    off = track("bass", 33, [(0, 24, 36, 90), (24, 12, 42, 90), (48, 48, 36, 90)])
    short = track("bass", 33, [(0, 24, 36, 90), (24, 3, 42, 90), (48, 48, 36, 90)])
    assert find_clashes(Notes((comp, off), 100.0, 4, 2)).off_chord == 1
    assert find_clashes(Notes((comp, short), 100.0, 4, 2)).off_chord == 0


def test_clashes_are_counted_for_each_hundred_pitched_notes() -> None:
    comp = [(beat * 12, 12, pitch, 80) for beat in range(8) for pitch in (48, 52, 55)]
    clashing = two_rows([(0, 12, 53, 90)], comp)
    found = find_clashes(clashing)
    assert found.notes == 25
    assert found.per_100_notes == pytest.approx(4.0 * (found.rubbing + found.leaping + found.off_chord))


def test_silence_and_drums_alone_do_not_clash() -> None:
    drums = small_band().tracks[-1]
    assert clashes_per_100_notes(Notes((drums,), 100.0, 4, 4)) == 0.0
    assert clashes_per_100_notes(Notes((), 100.0, 4, 1)) == 0.0


def test_clashes_do_not_depend_on_the_key() -> None:
    rng = np.random.default_rng(3)
    lead = [(step * 12, 12, int(rng.integers(60, 80)), 90) for step in range(8)]
    comp = [(step * 24, 24, int(rng.integers(48, 60)), 90) for step in range(4)]
    up = [
        [(onset, duration, pitch + 5, velocity) for onset, duration, pitch, velocity in row]
        for row in (lead, comp)
    ]
    assert find_clashes(two_rows(lead, comp)) == find_clashes(two_rows(*up))
