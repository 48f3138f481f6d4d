from dataclasses import replace

import numpy as np
import pytest

from generator.bars import METRES
from generator.conditioning import Conditioning
from generator.corpus import read_corpus
from generator.dataset import build_dataset
from generator.engines.events import notes_events
from generator.engines.markov import MarkovEngine
from generator.engines.protocol import bits_per_note
from generator.notes import Notes
from generator.windows import find_windows
from tests.generator.corpora import write_tables
from tests.generator.pieces import small_band, track

ASKED = Conditioning(
    seconds=20, tempo_bpm=96, key=0, mode="major", style=(0.0,) * 24, programs={"lead": 11, "bass": 32}
)
CYCLE = (72, 74, 77, 76)


def cycle(bars: int) -> Notes:
    """Return a tune of four quarter notes that comes again in every bar, over a pedal that keeps the chord."""
    tune = [(48 * bar + 12 * beat, 12, pitch, 80) for bar in range(bars) for beat, pitch in enumerate(CYCLE)]
    pedal = [(48 * bar, 48, pitch, 80) for bar in range(bars) for pitch in (48, 52, 55)]
    return Notes((track("lead", 73, tune), track("pad", 48, pedal)), 120.0, 4, bars)


@pytest.mark.parametrize("order", [1, 6])
def test_a_cycle_is_drawn_as_a_cycle(order: int) -> None:
    engine = MarkovEngine([notes_events(cycle(20), transposition=0)] * 2, order)
    drawn = engine.draw_notes(replace(ASKED, programs={"lead": 11}), seed=3)
    (lead,) = drawn.tracks
    assert lead.pitch.tolist() == list(CYCLE) * drawn.bars
    assert set(np.diff(lead.onset_steps)) == {12}


def test_a_request_is_obeyed() -> None:
    engine = MarkovEngine.fit_notes([small_band(40)], order=1)
    low = engine.draw_notes(ASKED, seed=1)
    high = engine.draw_notes(replace(ASKED, key=4), seed=1)
    assert [(one.row, one.program) for one in low.tracks] == [("lead", 11), ("bass", 32)]
    assert np.array_equal(high.tracks[0].pitch - low.tracks[0].pitch, np.full(len(low.tracks[0].pitch), 4))
    assert low.duration_seconds == pytest.approx(ASKED.seconds, abs=5.0)
    waltz = engine.draw_notes(replace(ASKED, metre="3/4"), seed=1)
    assert waltz.beats_per_bar == METRES[1].patches
    again = engine.draw_notes(ASKED, seed=1)
    assert np.array_equal(again.tracks[0].onset_steps, low.tracks[0].onset_steps)


def test_a_known_piece_costs_less_than_a_strange_one_and_less_the_longer_the_memory() -> None:
    known, strange = small_band(16), replace(small_band(16), tracks=(cycle(16).tracks[0],))
    short, long = (MarkovEngine.fit_notes([small_band(40), cycle(3)], order=order) for order in (1, 6))
    assert bits_per_note(short, known) < bits_per_note(short, strange)
    assert bits_per_note(long, known) < bits_per_note(short, known)
    assert short.bits_by_bar(known)[1].tolist() == [known.note_count / 16] * 16


def test_what_was_never_heard_cannot_be_learnt_from() -> None:
    with pytest.raises(ValueError, match="without notes"):
        MarkovEngine.fit_notes([Notes((), 120.0, 4, 4)], order=1)
    with pytest.raises(ValueError, match="no bits a note"):
        bits_per_note(MarkovEngine.fit_notes([cycle(4)], order=1), Notes((), 120.0, 4, 4))


def test_an_engine_learns_from_a_dataset(tmp_path_factory: pytest.TempPathFactory) -> None:
    dataset = build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=5, bars=18)))
    windows = find_windows(dataset, "train")
    engine = MarkovEngine.fit(dataset, windows, np.random.default_rng(0), order=6, name="markov-high")
    assert engine.name == "markov-high"
    assert bits_per_note(engine, small_band(16)) < 1.5
