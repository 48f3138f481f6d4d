import numpy as np
import pytest

from generator.bars import transposition_to_frame
from generator.conditioning import Conditioning
from generator.corpus import read_corpus
from generator.dataset import build_dataset
from generator.engines.events import Events, balanced_windows, dataset_events, events_notes, notes_events
from generator.notes import Notes
from tests.generator.corpora import write_tables
from tests.generator.pieces import small_band, track

ASKED = Conditioning(
    seconds=10,
    tempo_bpm=120,
    key=2,
    mode="major",
    style=(0.0,) * 24,
    programs={"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": 128},
)


def columns(events: Events) -> np.ndarray:
    return np.stack([events.row, events.onset_steps, events.duration_steps, events.pitch])


def test_written_notes_come_back_from_events_in_the_key_asked_for() -> None:
    band = small_band(4)
    back = events_notes(notes_events(band, transposition=0), ASKED)
    for before, after in zip(band.tracks, back.tracks, strict=True):
        assert after.program == before.program
        assert np.array_equal(before.onset_steps, after.onset_steps)
        assert np.array_equal(before.pitch + (0 if before.is_drums else 2), after.pitch)


def test_the_key_is_found_from_what_sounds() -> None:
    assert np.array_equal(
        columns(notes_events(small_band(4))), columns(notes_events(small_band(4), transposition=0))
    )


def test_events_of_a_dataset_are_those_of_the_written_piece(tmp_path_factory: pytest.TempPathFactory) -> None:
    corpus = write_tables(tmp_path_factory.mktemp("corpus"), pieces=3, bars=8)
    dataset = build_dataset(read_corpus(corpus))
    events = dataset_events(dataset, dataset.segment_range(), int(dataset.piece_first_bar[0]), 8)
    written = notes_events(small_band(8), transposition_to_frame(0, "major"))
    assert sorted(columns(events).T.tolist()) == sorted(columns(written).T.tolist())
    assert np.array_equal(events.chords, written.chords)


def test_a_note_over_three_bars_is_one_event_and_rows_not_asked_for_are_silent() -> None:
    notes = Notes((track("pad", 48, [(6, 130, 60, 70)]), track("lead", 73, [(0, 12, 72, 90)])), 120.0, 4, 4)
    events = notes_events(notes, transposition=0)
    assert events.duration_steps.max() == 130
    only_pad = Conditioning(10, 120, 0, "major", (0.0,) * 24, {"pad": 50})
    (pad,) = events_notes(events, only_pad).tracks
    assert (pad.row, pad.program, pad.duration_steps.tolist()) == ("pad", 50, [130])


def test_a_struck_pitch_ends_when_it_is_struck_again() -> None:
    events = notes_events(Notes((track("comp", 0, [(0, 40, 60, 70), (12, 12, 60, 70)]),), 120.0, 4, 1), 0)
    (comp,) = events_notes(events, ASKED).tracks
    assert comp.duration_steps.tolist() == [12, 12]


def test_styles_are_drawn_in_turn() -> None:
    style = np.array(["rock"] * 50 + ["jazz"] * 3)
    chosen = balanced_windows(style, 8, np.random.default_rng(0))
    assert (style[chosen] == "jazz").sum() == 3
    assert len(set(chosen.tolist())) == 8
