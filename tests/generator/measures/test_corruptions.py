import numpy as np
import pytest

from generator.measures.corruptions import (
    jitter_pitch,
    shuffle_bars,
    swap_from,
    swap_row,
    swappable_rows,
    tonic_in_major,
)
from generator.notes import Notes
from tests.generator.pieces import BAR_STEPS, small_band, track


def scale(tonic: int, bars: int = 2, beats_per_bar: int = 4) -> Notes:
    """Return a major scale in the lead over its tonic chord in the comp."""
    steps = beats_per_bar * 12
    lead = [
        (bar * steps + beat * 12, 12, tonic + degree, 90)
        for bar in range(bars)
        for beat, degree in enumerate((0, 4, 7))
    ]
    lead += [
        (bar * steps + 6, 3, tonic + degree, 90) for bar, degree in zip(range(bars), (5, 11), strict=False)
    ]
    comp = [(bar * steps, 12, tonic - 12 + degree, 80) for bar in range(bars) for degree in (0, 4, 7)]
    return Notes((track("lead", 73, lead), track("comp", 0, comp)), 100.0, beats_per_bar, bars)


def test_three_notes_of_a_hundred_move_and_drums_never_do() -> None:
    band = small_band(8)
    pitched = sum(len(one.onset_steps) for one in band.tracks if not one.is_drums)
    jittered = jitter_pitch(band, np.random.default_rng(1))
    moved = sum(
        int((one.pitch != two.pitch).sum()) for one, two in zip(band.tracks, jittered.tracks, strict=True)
    )
    assert moved == round(0.03 * pitched)
    assert (band.tracks[-1].pitch == jittered.tracks[-1].pitch).all()


def test_at_least_one_note_of_a_short_piece_moves() -> None:
    jittered = jitter_pitch(scale(60), np.random.default_rng(1))
    assert (
        sum(
            (one.pitch != two.pitch).sum() for one, two in zip(scale(60).tracks, jittered.tracks, strict=True)
        )
        == 1
    )


def test_shuffled_bars_hold_the_same_bars_in_another_order() -> None:
    bars = 6
    marked = Notes(
        (track("lead", 73, [(bar * BAR_STEPS, 60, 60 + bar, 90) for bar in range(bars)]),), 100.0, 4, bars
    )
    shuffled = shuffle_bars(marked, np.random.default_rng(0)).tracks[0]
    assert sorted(shuffled.pitch.tolist()) == [60 + bar for bar in range(bars)]
    assert shuffled.pitch.tolist() != marked.tracks[0].pitch.tolist()
    assert shuffled.onset_steps.tolist() == [bar * BAR_STEPS for bar in range(bars)]
    assert shuffled.duration_steps.max() == BAR_STEPS


def test_a_swapped_row_comes_from_the_donor_in_the_piece_s_own_key() -> None:
    mine, donor = scale(60), scale(65)
    swapped = swap_row(mine, donor, np.random.default_rng(0))
    changed = [
        one
        for one, two in zip(swapped.tracks, mine.tracks, strict=True)
        if one.pitch.tolist() != two.pitch.tolist()
    ]
    assert tonic_in_major(mine) == 0
    assert tonic_in_major(donor) == 5
    # the donor plays the same in F; brought to C it is the same again
    assert not changed


def test_one_row_only_is_swapped_and_fills_the_piece() -> None:
    mine = small_band(4)
    donor = Notes(
        (track("comp", 4, [(3, 3, 60, 50), (9, 3, 64, 50)]), track("bass", 32, [(0, 9, 36, 50)])), 80.0, 4, 1
    )
    swapped = swap_row(mine, donor, np.random.default_rng(2))
    changed = [
        two
        for one, two in zip(mine.tracks, swapped.tracks, strict=True)
        if one.onset_steps.tolist() != two.onset_steps.tolist()
    ]
    assert len(changed) == 1
    assert changed[0].row in ("comp", "bass")
    assert len(np.unique(changed[0].onset_steps // BAR_STEPS)) == 4
    assert changed[0].program == next(one.program for one in mine.tracks if one.row == changed[0].row)


def test_what_cannot_be_swapped_is_refused_in_one_sentence() -> None:
    alone = Notes(scale(60).tracks[:1], 100.0, 4, 2)
    assert swappable_rows(alone, scale(60)) == []
    with pytest.raises(ValueError, match="no pitched row in common"):
        swap_row(alone, scale(60), np.random.default_rng(0))
    with pytest.raises(ValueError, match="3 beats a bar do not fit 4"):
        swap_row(scale(60), scale(60, beats_per_bar=3), np.random.default_rng(0))
    with pytest.raises(ValueError, match="no donor"):
        swap_from([scale(60, beats_per_bar=3)])(scale(60), np.random.default_rng(0))
