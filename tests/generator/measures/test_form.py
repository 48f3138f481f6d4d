import numpy as np
import pytest

from generator.measures.corruptions import shuffle_bars
from generator.measures.excerpts import excerpt
from generator.measures.form import (
    bar_similarity,
    find_cadences,
    find_returns,
    form_similarity,
    has_true_ending,
)
from generator.notes import Notes, NoteTrack
from tests.generator.pieces import BAR_STEPS, small_band, track

PHRASE = [[(0, 12), (12, 12), (24, 24)], [(6, 6), (12, 36)], [(0, 48)], [(0, 24), (30, 18)]]
OTHER_PHRASE = [[(3, 9), (15, 9)], [(9, 27), (39, 9)], [(21, 9), (33, 15)], [(18, 6), (27, 21)]]


def song(phrases: list[list[list[tuple[int, int]]]], pitches: tuple[int, ...] = (72, 74, 76, 79)) -> Notes:
    """Return a tune: phrases of four bars, each bar its (onset, duration) on a pitch of its own."""
    notes, bar = [], 0
    for phrase in phrases:
        for number, rhythm in enumerate(phrase):
            notes += [(bar * BAR_STEPS + onset, duration, pitches[number], 90) for onset, duration in rhythm]
            bar += 1
    return Notes((track("lead", 73, notes),), 100.0, 4, bar)


def test_a_bar_is_wholly_alike_itself_and_bars_without_a_common_onset_are_not_alike() -> None:
    similarity = bar_similarity(song([PHRASE, OTHER_PHRASE]))
    assert np.diagonal(similarity) == pytest.approx(1.0)
    assert similarity[0, 4] == 0.0


def test_bars_of_one_rhythm_on_other_pitches_are_half_alike() -> None:
    same_rhythm = Notes((track("lead", 73, [(0, 12, 60, 90), (48, 12, 62, 90)]),), 100.0, 4, 2)
    assert bar_similarity(same_rhythm)[0, 1] == pytest.approx(0.5)


def test_a_song_whose_phrase_comes_back_has_form_and_loses_it_when_its_bars_are_shuffled() -> None:
    written = song([PHRASE] * 4)
    rng = np.random.default_rng(0)
    shuffled = [form_similarity(shuffle_bars(written, rng)).gain for _ in range(8)]
    assert form_similarity(written).section_lag == pytest.approx(1.0)
    assert form_similarity(written).gain > 0.7
    assert abs(np.mean(shuffled)) < 0.15


def test_one_bar_over_and_over_has_no_form() -> None:
    assert form_similarity(song([[PHRASE[0]] * 4] * 4, (72,) * 4)).gain == pytest.approx(0.0)


def test_too_short_a_piece_has_no_form_to_measure() -> None:
    with pytest.raises(ValueError, match="form needs 8 bars, got 4"):
        form_similarity(song([PHRASE]))


def test_returns_are_counted_and_varied_ones_apart() -> None:
    varied = [PHRASE[0], PHRASE[1], PHRASE[2], [(0, 24), (24, 12), (36, 12)]]
    found = find_returns(song([PHRASE, PHRASE, OTHER_PHRASE, varied]))
    assert (found.returns, found.varied) == (2, 1)


def test_a_phrase_that_breathes_on_the_tonic_closes_and_one_that_runs_on_does_not() -> None:
    running = [(beat * 12, 12, 60 + (0, 2, 4, 5)[beat % 4], 90) for beat in range(32)]
    breathing = [note for note in running if note[0] < 7 * BAR_STEPS] + [(7 * BAR_STEPS, 48, 60, 90)]
    pad = track("pad", 48, [(bar * BAR_STEPS, 48, pitch, 60) for bar in range(8) for pitch in (48, 52, 55)])
    for tune, cadences in ((running, 0), (breathing, 1)):
        found = find_cadences(Notes((track("lead", 73, tune), pad), 100.0, 4, 8))
        assert (found.phrase_ends, found.cadences) == (1, cadences)


def test_a_held_tonic_on_the_last_strong_beat_is_an_ending_and_a_cut_is_not() -> None:
    band = small_band(8)
    last = 7 * BAR_STEPS
    chord = [(last, 48, pitch, 80) for pitch in (60, 64, 67)]
    ended = [
        track(one.row, one.program, _before(one, last) + (chord if one.row == "comp" else []))
        for one in band.tracks[:-1]
    ]
    assert has_true_ending(Notes((*ended, track("bass", 33, [(last, 48, 36, 90)])), 100.0, 4, 8))
    assert not has_true_ending(band)
    assert not has_true_ending(Notes((), 100.0, 4, 8))


def _before(one: NoteTrack, step: int) -> list[tuple[int, int, int, int]]:
    columns = (one.onset_steps, one.duration_steps, one.pitch, one.velocity)
    return [tuple(map(int, note)) for note in zip(*columns, strict=True) if note[0] < step]


def test_an_excerpt_starts_at_its_first_bar_and_cuts_what_goes_on() -> None:
    held = Notes((track("pad", 48, [(0, 96, 60, 80), (60, 96, 64, 80)]),), 100.0, 4, 4)
    part = excerpt(held, 1, 1).tracks[0]
    assert part.onset_steps.tolist() == [12]
    assert part.duration_steps.tolist() == [36]
    with pytest.raises(ValueError, match="no 2 bars from bar 3"):
        excerpt(held, 3, 2)
