import numpy as np
import pytest

from generator.copying.passages import GRAM_STEPS, corpus_passages, passages_of
from generator.notes import Notes
from tests.generator.pieces import small_band, track
from tests.generator.tunes import as_notes, corpus_of, draw_bass, draw_tune

TUNE, BASS = draw_tune(np.random.default_rng(1)), draw_bass(np.random.default_rng(2))


def keys(notes: Notes, stream: str) -> list[int]:
    return passages_of(notes)[stream].keys.tolist()


@pytest.mark.parametrize("stream", ["tune", "chords"])
@pytest.mark.parametrize("up", [-7, 1, 12])
def test_transposing_changes_no_passage(stream: str, up: int) -> None:
    assert keys(as_notes(TUNE, BASS, up=up), stream) == keys(as_notes(TUNE, BASS), stream) != []


def test_each_nine_notes_are_a_passage_from_the_first_onset_to_the_last() -> None:
    found = passages_of(as_notes(TUNE, BASS))["tune"]
    assert len(found) == len(TUNE) - GRAM_STEPS
    assert found.start_steps.tolist() == [onset for onset, _ in TUNE[:-GRAM_STEPS]]
    assert found.end_steps.tolist() == [onset for onset, _ in TUNE[GRAM_STEPS:]]


def test_one_moved_note_changes_the_passages_it_is_in_and_no_others() -> None:
    moved = list(TUNE)
    moved[20] = (moved[20][0], moved[20][1] + 1)
    before, after = (np.array(keys(as_notes(tune, BASS), "tune")) for tune in (TUNE, moved))
    assert np.flatnonzero(before != after).tolist() == list(range(20 - GRAM_STEPS, 21))


def test_another_rhythm_is_another_passage() -> None:
    slower = [(2 * onset, pitch) for onset, pitch in TUNE]
    assert not set(keys(as_notes(slower, BASS, bars=32), "tune")) & set(keys(as_notes(TUNE, BASS), "tune"))


def test_what_plays_under_the_highest_note_of_the_lead_is_not_the_tune() -> None:
    plain = as_notes(TUNE, BASS)
    thirds = track("lead", 73, [(onset, 6, pitch - low, 90) for onset, pitch in TUNE for low in (0, 12)])
    assert keys(Notes((thirds, plain.tracks[1]), 120.0, 4, 16), "tune") == keys(plain, "tune")


def test_without_a_lead_the_comp_has_the_tune_and_drums_alone_have_none() -> None:
    band = small_band(bars=8)
    by_row = {one.row: one for one in band.tracks}
    no_lead = Notes((by_row["comp"], by_row["drums"]), 120.0, 4, 8)
    assert len(passages_of(no_lead)["tune"]) == 16 - GRAM_STEPS
    alone = passages_of(Notes((by_row["drums"],), 120.0, 4, 8))
    assert [len(alone[stream]) for stream in ("tune", "chords")] == [0, 0]


@pytest.mark.parametrize("stream", ["tune", "chords"])
def test_a_corpus_and_its_pieces_give_the_same_passages(stream: str) -> None:
    other = draw_tune(np.random.default_rng(3))
    found = corpus_passages(corpus_of([("train", "a", TUNE, BASS), ("test", "b", other, BASS)]))[stream]
    for number, tune in enumerate((TUNE, other)):
        own = passages_of(as_notes(tune, BASS))[stream]
        chosen = found.take(found.piece == number)
        assert chosen.keys.tolist() == own.keys.tolist()
        assert chosen.start_steps.tolist() == own.start_steps.tolist()
