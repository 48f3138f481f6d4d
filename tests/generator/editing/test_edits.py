"""What holds for any weights: what is not named stays bit for bit, and what is named comes from the networks."""

from dataclasses import replace

import numpy as np
import pytest

from generator.editing.edits import (
    change_tempo,
    close_loop,
    continue_piece,
    regenerate,
    transpose,
    vary,
)
from generator.midi.reading import read_notes
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.pipeline import Composer
from generator.sound.rendering import notes_to_midi
from tests.generator.editing.tiny import tiny_composer, written, written_band
from tests.generator.pieces import BAR_STEPS, track
from tests.generator.same_notes import row_of, same_notes, same_track


@pytest.fixture(scope="module")
def composer() -> Composer:
    return tiny_composer()


def outside(each: NoteTrack, first_bar: int, end_bar: int) -> NoteTrack:
    bar = each.onset_steps // BAR_STEPS
    return each.take((bar < first_bar) | (bar >= end_bar))


def within(each: NoteTrack, first_bar: int, end_bar: int) -> NoteTrack:
    bar = each.onset_steps // BAR_STEPS
    return each.take((bar >= first_bar) & (bar < end_bar))


@pytest.mark.parametrize("row", ["comp", "drums"])
def test_a_regenerated_row_leaves_the_others_bit_identical(composer: Composer, row: str) -> None:
    before = written_band()
    after = regenerate(composer, before, 3, rows=[row])
    for other in ROWS:
        same = same_track(row_of(before.notes, other), row_of(after.notes, other))
        assert same == (other != row)


def test_regenerated_bars_leave_the_other_bars_bit_identical(composer: Composer) -> None:
    before = written_band()
    after = regenerate(composer, before, 3, rows=["lead", "drums"], bars=(8, 13))
    for row in ROWS:
        one, other = row_of(before.notes, row), row_of(after.notes, row)
        assert same_track(outside(one, 8, 13), outside(other, 8, 13))
        assert same_track(within(one, 8, 13), within(other, 8, 13)) == (row not in ("lead", "drums"))


def test_regenerated_notes_end_where_their_bars_do(composer: Composer) -> None:
    after = regenerate(composer, written_band(), 3, bars=(4, 8))
    for each in after.notes.tracks:
        new = within(each, 4, 8)
        assert (new.onset_steps + new.duration_steps <= 8 * BAR_STEPS).all()


def test_an_edited_piece_is_written_and_read_back_equal(composer: Composer) -> None:
    after = regenerate(composer, written_band(), 3, bars=(4, 8))
    assert same_notes(read_notes(notes_to_midi(after.notes, "Edited")), after.notes)


def test_a_note_of_three_bars_survives_the_edit_of_the_bars_it_is_held_over(composer: Composer) -> None:
    held = track("pad", 48, [(3 * BAR_STEPS, 3 * BAR_STEPS, 60, 70), (9 * BAR_STEPS, 48, 62, 70)])
    others = tuple(each for each in written_band(12).notes.tracks if each.row != "pad")
    before = written(Notes((*others, held), 120.0, 4, 12))
    after = regenerate(composer, before, 3, bars=(4, 8))
    pad = row_of(read_notes(notes_to_midi(after.notes, "Held")), "pad")
    note = np.flatnonzero((pad.onset_steps == 3 * BAR_STEPS) & (pad.pitch == 60))
    assert pad.duration_steps[note].tolist() == [3 * BAR_STEPS]


def test_the_same_seed_draws_the_same_notes_and_another_seed_others(composer: Composer) -> None:
    one, same, other = (
        regenerate(composer, written_band(6), seed, rows=["drums"]).notes for seed in (1, 1, 2)
    )
    assert same_notes(one, same)
    assert not same_notes(one, other)


def test_a_piece_goes_on_after_what_it_had_and_ends_anew(composer: Composer) -> None:
    before = written_band(10)
    after = continue_piece(composer, before, 9, 3)
    assert after.notes.bars == 19
    assert after.asked.seconds == pytest.approx(19 * 2 + 2.5)
    for row in ROWS:
        assert same_track(within(row_of(before.notes, row), 0, 9), within(row_of(after.notes, row), 0, 9))
    ending = [within(each, 18, 19) for each in after.notes.tracks]
    strokes = [each for each in ending if len(each.pitch) and not each.is_drums]
    assert strokes
    for each in strokes:
        assert (each.onset_steps < 18 * BAR_STEPS + STEPS_PER_BEAT // 2).all()


def test_a_variation_changes_the_rows_and_keeps_the_ending(composer: Composer) -> None:
    before = written_band(6)
    after = vary(composer, before, 0.3, 3)
    for row in ROWS:
        one, other = row_of(before.notes, row), row_of(after.notes, row)
        assert not same_track(one, other)
        assert same_track(within(one, 5, 6), within(other, 5, 6))


def test_closing_a_loop_changes_the_last_bar_alone_and_takes_the_ring_away(composer: Composer) -> None:
    before = written_band(6)
    after = close_loop(composer, before, 3)
    assert after.loops
    assert after.asked.seconds == 12.0
    for row in ROWS:
        assert same_track(within(row_of(before.notes, row), 0, 5), within(row_of(after.notes, row), 0, 5))
    with pytest.raises(ValueError, match="a loop already"):
        close_loop(composer, after, 3)


def test_what_goes_on_after_a_loop_keeps_all_its_bars(composer: Composer) -> None:
    before = written_band(4, loops=True)
    after = continue_piece(composer, before, 4, 3)
    assert after.loops
    assert all(same_track(each, within(row_of(after.notes, each.row), 0, 4)) for each in before.notes.tracks)


@pytest.mark.parametrize("semitones", [-5, 0, 3])
def test_a_transposition_moves_every_pitch_and_no_drum(semitones: int) -> None:
    before = written_band()
    after = transpose(before, semitones)
    assert after.asked.key == semitones % 12
    for row in ROWS:
        one, other = row_of(before.notes, row), row_of(after.notes, row)
        moved = one if row == "drums" else replace(one, pitch=one.pitch + semitones)
        assert same_track(moved, other)


@pytest.mark.parametrize("semitones", [-16, 30])
def test_a_transposition_out_of_range_is_refused(semitones: int) -> None:
    with pytest.raises(ValueError, match="can move by -15 to 29"):
        transpose(written_band(), semitones)


def test_another_tempo_plays_the_same_notes() -> None:
    before = written_band(4)
    after = change_tempo(before, 60.0)
    assert same_notes(replace(after.notes, tempo_bpm=before.notes.tempo_bpm), before.notes)
    assert after.asked.seconds == pytest.approx(16 + 2.5)
    with pytest.raises(ValueError, match="lies between"):
        change_tempo(before, 500.0)


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"bars": (3, 3)}, "has bars 1 to 20"),
        ({"bars": (15, 21)}, "has bars 1 to 20"),
    ],
)
def test_an_edit_of_what_is_not_there_is_refused(
    composer: Composer, wish: dict[str, tuple[int, int]], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        regenerate(composer, written_band(), 1, **wish)


def test_a_row_the_piece_has_not_is_refused(composer: Composer) -> None:
    alone = written(replace(written_band(4).notes, tracks=written_band(4).notes.tracks[:2]))
    with pytest.raises(ValueError, match="no drums; it has lead, comp"):
        regenerate(composer, alone, 1, rows=["drums"])


def test_amounts_and_lengths_that_mean_nothing_are_refused(composer: Composer) -> None:
    with pytest.raises(ValueError, match="amount"):
        vary(composer, written_band(4), 1.5, 1)
    with pytest.raises(ValueError, match="one bar or more"):
        continue_piece(composer, written_band(4), 0, 1)
