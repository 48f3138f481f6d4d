import numpy as np
import pytest

from generator.form import SECTION_BARS, end_on_last_bar, plan_form, tonic_chord
from generator.notes import Notes
from tests.generator.pieces import BAR_STEPS, small_band, track


@pytest.mark.parametrize("bars", [2, 8, 13, 30, 64, 200])
def test_sections_fill_the_bars_without_a_gap(bars: int) -> None:
    sections = plan_form(bars, np.random.default_rng(3))
    assert sum(section.bars for section in sections) == bars
    assert [section.first_bar for section in sections] == [SECTION_BARS * n for n in range(len(sections))]


def test_a_returning_section_points_to_its_first_time() -> None:
    for seed in range(5):
        sections = plan_form(32, np.random.default_rng(seed))
        first = {}
        for section in sections:
            assert section.returns_to == first.get(section.letter)
            first.setdefault(section.letter, section.first_bar)
        assert len(first) < len(sections)


def test_the_last_bar_is_an_ending() -> None:
    piece = end_on_last_bar(small_band(4), 0, "major")
    last = 3 * BAR_STEPS
    for row in piece.tracks:
        closing = row.onset_steps >= last
        assert set(row.onset_steps[closing].tolist()) == {last}
        if not row.is_drums:
            assert set((row.onset_steps + row.duration_steps)[closing].tolist()) == {4 * BAR_STEPS}


def test_a_row_that_rests_at_the_end_resolves_to_the_tonic() -> None:
    lead = track("lead", 73, [(0, 12, 71, 90), (12, 12, 74, 80)])
    bass = track("bass", 33, [(0, 24, 43, 90)])
    piece = end_on_last_bar(Notes((lead, bass), 120, 4, 2), 0, "major")
    sung, plucked = piece.tracks
    assert (sung.onset_steps[-1], sung.duration_steps[-1]) == (BAR_STEPS, BAR_STEPS)
    assert sung.pitch[-1] in (72, 76)
    assert plucked.pitch[-1] == 48


def test_the_bass_ends_on_the_root_whatever_it_strikes() -> None:
    lead = track("lead", 73, [(0, 12, 71, 90), (BAR_STEPS, 12, 72, 80)])
    bass = track("bass", 33, [(0, 24, 43, 90), (BAR_STEPS, 24, 43, 90)])
    sung, plucked = end_on_last_bar(Notes((lead, bass), 120, 4, 2), 0, "major").tracks
    assert sung.pitch[-1] == 72
    assert plucked.pitch.tolist() == [43, 48]


def test_the_tonic_is_c_major_or_a_minor() -> None:
    assert tonic_chord("major") == 0
    assert tonic_chord("minor") == 12 + 9
