from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.conditioning import Conditioning
from generator.engines.event_network import EventNetwork, EventNetworkConfig, KeyValueCache, TokenBatch
from generator.engines.event_tokens import DURATION_STEPS, tokens_of, velocity_of
from generator.engines.events import Events, notes_events
from generator.engines.protocol import bits_per_note
from generator.engines.transformer import TransformerEngine, batch_of, events_bits, unasked
from generator.notes import Notes
from tests.generator.pieces import small_band

SMALL = EventNetworkConfig(width=32, layers=2, heads=2, longest=220)
ASKED = Conditioning(
    seconds=36,
    tempo_bpm=120,
    key=7,
    mode="minor",
    style=(0.1,) * 24,
    programs={"lead": 73, "bass": 33, "drums": 128},
)


def network(config: EventNetworkConfig = SMALL) -> EventNetwork:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return EventNetwork(config).eval()


def band(bars: int = 4) -> Events:
    return notes_events(small_band(bars), transposition=0)


def test_tokens_hold_all_there_is_to_an_event() -> None:
    events = band(3)
    tokens = tokens_of(events)
    notes = tokens.what < tokens.what[0]
    assert notes.sum() == len(events)
    assert (tokens.what[notes] == events.row * 72 + events.pitch).all()
    assert (tokens.now[notes] == events.onset_steps).all()
    lines = events.row < 4
    assert (DURATION_STEPS[tokens.duration[notes]][lines] == events.duration_steps[lines]).all()
    assert (np.abs(velocity_of(tokens.velocity[notes]) - events.velocity) <= 8).all()
    assert np.flatnonzero(~notes)[1:].tolist() == [1 + bar * (1 + len(events) // 3) for bar in range(3)]


@torch.inference_mode()
def test_reading_with_a_cache_gives_the_states_of_reading_at_once() -> None:
    net, events = network(), band()
    batch = batch_of([tokens_of(events)])
    context = net.context(unasked(events))
    whole = net(batch, context)
    cache = KeyValueCache(SMALL, 1, 200)
    parts = []
    for start, end in ((0, 9), (9, 10), (10, 11), (11, batch.when.shape[1])):
        part = TokenBatch(*(getattr(batch, name)[:, start:end] for name in batch.__dataclass_fields__))
        parts.append(net(part, context, cache))
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-5)


@torch.inference_mode()
def test_what_comes_later_changes_nothing_before_and_filling_costs_nothing() -> None:
    net, short, long = network(), tokens_of(band(1)), tokens_of(band(3))
    context = net.context(unasked(band()))
    alone = net(batch_of([short]), context)
    beside = net(batch_of([short, long]), context.expand(2, -1, -1))
    assert torch.allclose(beside[0, : len(short)], alone[0], atol=1e-5)


def test_the_chances_of_all_that_may_come_next_make_one() -> None:
    """An untrained network without weights in its outputs gives all that is possible equal chances."""
    net, events = network(), band(2)
    for head in (net.when_out, net.what_out[-1], net.length_out[-1], net.chord_out[-1]):
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
    only_bar = notes_events(replace(small_band(1), tracks=()), transposition=0)
    # a bar of rests: that it begins is certain, its four chords are one of 97 each
    bits = events_bits(net, only_bar, unasked(only_bar))
    assert bits == pytest.approx(np.array([[4 * np.log2(97)], [0.0]]))
    # the first note of a bar comes at one of 48 steps or not at all, as one of 300 notes, in one of 37 lengths
    one_note = replace_notes(events, 1)
    expected = 2 * 4 * np.log2(97) + np.log2(49) + np.log2(72) + np.log2(37) + np.log2(49)
    assert events_bits(net, one_note, unasked(one_note))[0].sum() == pytest.approx(expected, rel=1e-5)


def replace_notes(events: Events, count: int) -> Events:
    names = ("row", "onset_steps", "duration_steps", "pitch", "velocity")
    return replace(events, **{name: getattr(events, name)[:count] for name in names})


def test_a_request_is_obeyed_beyond_one_window_and_a_seed_gives_the_same_notes() -> None:
    engine = TransformerEngine(network())
    drawn = engine.draw_notes(ASKED, 5)
    assert drawn.bars > 16
    assert {(one.row, one.program) for one in drawn.tracks} <= set(ASKED.programs.items())
    assert drawn.duration_seconds == pytest.approx(ASKED.seconds, abs=5.0)
    for one in drawn.tracks:
        assert (np.diff(one.onset_steps) >= 0).all()
        assert (one.onset_steps + one.duration_steps).max() <= drawn.bars * 48 + 3
    waltz, again = (engine.draw_notes(replace(ASKED, metre="6/8", seconds=8), 5) for _ in range(2))
    assert waltz.beats_per_bar == 3
    assert [one.pitch.tolist() for one in waltz.tracks] == [one.pitch.tolist() for one in again.tracks]


def test_every_bar_is_judged_once_however_long_and_dense_the_piece() -> None:
    engine = TransformerEngine(network(replace(SMALL, longest=60)))
    bits = engine.bits_by_bar(small_band(23))
    assert (bits[1] == small_band(23).note_count / 23).all()
    assert (bits[0] > 10).all()
    assert bits_per_note(engine, small_band(23)) == pytest.approx(engine.bits_per_note(small_band(23)))
    with pytest.raises(ValueError, match="no bits a note"):
        engine.bits_per_note(Notes((), 120.0, 4, 2))


def test_weights_come_back_from_disk_and_damage_is_told(tmp_path: Path) -> None:
    engine = TransformerEngine(network(), (2.0, 3.0, 5.0))
    path = tmp_path / "transformer.safetensors"
    engine.save(path)
    back = TransformerEngine.load(path)
    assert back.typical_bits == (2.0, 3.0, 5.0)
    assert back.bits_per_note(small_band(2)) == pytest.approx(engine.bits_per_note(small_band(2)), abs=0.05)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="checksum"):
        TransformerEngine.load(path)
