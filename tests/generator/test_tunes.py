from dataclasses import replace

import numpy as np
import pytest
import torch

from generator.chords import NO_CHORD
from generator.codec import Codec, CodecConfig
from generator.conditioning import Conditioning
from generator.engines.event_network import EventNetwork, EventNetworkConfig
from generator.engines.event_tokens import DURATION_STEPS
from generator.engines.events import Events
from generator.engines.transformer import TransformerEngine
from generator.form import Section
from generator.latents import LatentScale
from generator.taste.phrases import PhraseTable, TuneBar
from generator.tunes import RETURNED_BARS, joined, plan_tune, tune_latents

ASKED = Conditioning(
    seconds=20, tempo_bpm=120, key=2, mode="major", style=(0.1,) * 24, programs={"lead": 73, "bass": 33}
)
QUARTER = int(np.flatnonzero(DURATION_STEPS == 12)[0])
QUARTERS = TuneBar(tuple((12 * beat, QUARTER) for beat in range(4)))
CHORDS = np.zeros((8, 4), np.int64)


@pytest.fixture(scope="module")
def engine() -> TransformerEngine:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return TransformerEngine(EventNetwork(EventNetworkConfig(width=32, layers=2, heads=2, longest=220)))


def bars_of(tune: Events) -> list[list[tuple[int, int]]]:
    """Return the steps and pitches of each bar."""
    bar, step = np.divmod(tune.onset_steps, tune.bar_steps)
    return [
        list(zip(step[bar == number].tolist(), tune.pitch[bar == number].tolist(), strict=True))
        for number in range(tune.bars)
    ]


def test_a_tune_keeps_the_rhythm_it_is_given_and_says_again_what_it_is_told_to(
    engine: TransformerEngine,
) -> None:
    plan = [QUARTERS] * 4 + [TuneBar(again=0), TuneBar(again=1), TuneBar(()), QUARTERS]
    tune = engine.draw_tune(ASKED, CHORDS, plan, np.random.default_rng(1))
    bars = bars_of(tune)
    assert all([step for step, _ in bars[number]] == [0, 12, 24, 36] for number in (0, 1, 2, 3, 7))
    assert (tune.duration_steps == 12).all()
    assert bars[4] == bars[0]
    assert bars[5] == bars[1]
    assert bars[6] == []
    assert set(tune.row.tolist()) == {0}
    again = engine.draw_tune(ASKED, CHORDS, plan, np.random.default_rng(1))
    assert bars_of(again) == bars
    assert bars_of(engine.draw_tune(ASKED, CHORDS, plan, np.random.default_rng(2))) != bars


def test_a_section_that_returns_ends_in_another_way(engine: TransformerEngine) -> None:
    first = engine.draw_tune(ASKED, CHORDS, [QUARTERS] * 8, np.random.default_rng(1))
    plan = plan_tune(None, ASKED, Section("A", 16, 8, 0), "AB")
    back = engine.draw_tune(ASKED, CHORDS, plan, np.random.default_rng(2), before=first)
    assert bars_of(back)[:RETURNED_BARS] == bars_of(first)[:RETURNED_BARS]
    assert bars_of(back)[RETURNED_BARS:] != bars_of(first)[RETURNED_BARS:]
    whole = joined([first, back], 13)
    assert whole.bars == 13
    assert bars_of(whole)[8:13] == bars_of(first)[:5]


def test_each_letter_has_a_phrase_of_its_own_and_without_one_the_rhythm_is_free() -> None:
    onsets = np.array([0, 24, 48 * 8 + 12, 0, 12], np.int16)
    table = PhraseTable(
        np.array([0, 3, 5], np.int32), onsets, np.full(5, QUARTER, np.int8), np.full((2, 16), -1, np.int8),
        np.full(2, 48, np.int8), "key",
    )  # fmt: skip
    asked = replace(ASKED, textures=(0, 1))
    steps = {
        letter: [
            step for step, _ in plan_tune(table, asked, Section(letter, 0, 8, None), "ABC")[0].rhythm or ()
        ]
        for letter in "ABC"
    }
    assert steps == {"A": [0, 24], "B": [0, 12], "C": [12]}
    assert plan_tune(table, ASKED, Section("A", 0, 8, None), "A") == (TuneBar(),) * 8
    assert plan_tune(None, asked, Section("A", 0, 8, None), "A") == (TuneBar(),) * 8


def test_latents_of_a_tune_are_those_of_its_notes_in_any_key(engine: TransformerEngine) -> None:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        codec = Codec(
            CodecConfig(latent_channels=8, width=32, heads=2, encoder_layers=1, decoder_layers=1)
        ).eval()
    scale = LatentScale(torch.zeros(6, 8), torch.ones(6, 8))
    tune = engine.draw_tune(ASKED, CHORDS, [QUARTERS] * 8, np.random.default_rng(1))
    one, other = (tune_latents(codec, scale, tune, replace(ASKED, key=key)) for key in (2, 9))
    assert one.shape == (8, 8)
    assert torch.equal(one, other)
    silent = replace(tune, chords=np.full((8, 4), NO_CHORD))
    assert not torch.equal(tune_latents(codec, scale, silent, ASKED), one)
