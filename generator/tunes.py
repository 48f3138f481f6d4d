"""Tunes: written note after note over the chords of a section, and told to the rest of the cascade as latents.

A tune is where listeners hear first whether music was meant. Its rhythm and its repeats follow a phrase of an anchor where
there is one, its pitches are drawn, and a section that returns ends otherwise than before.
"""

from dataclasses import replace

import numpy as np
import torch

from generator.codec import LATENT_ROWS, Codec
from generator.conditioning import Conditioning
from generator.engines.events import Events, events_notes
from generator.form import SECTION_BARS, Section
from generator.latents import LatentScale, transposition_of
from generator.planes import notes_to_planes
from generator.taste.phrases import PhraseTable, TuneBar

RETURNED_BARS = 6
"""Of a section that returns so many bars are played again; the last two end it in another way."""

LEAD = LATENT_ROWS.index("lead")


def plan_tune(
    phrases: PhraseTable | None, conditioning: Conditioning, section: Section, letters: str
) -> tuple[TuneBar, ...]:
    """Return how the bars of a section's tune come about; `letters` are those of the form in their order, each once.

    Each letter has a phrase of its own: those of the conditioning's textures in turn, first halves before second ones.
    """
    bars = _phrase(phrases, conditioning, letters.index(section.letter)) or (TuneBar(),) * SECTION_BARS
    if section.returns_to is None:
        return bars
    ending = (TuneBar(bar.rhythm) for bar in bars[RETURNED_BARS:])
    return (*(TuneBar(again=bar) for bar in range(RETURNED_BARS)), *ending)


def _phrase(
    phrases: PhraseTable | None, conditioning: Conditioning, number: int
) -> tuple[TuneBar, ...] | None:
    if phrases is None or not conditioning.textures:
        return None
    count = len(conditioning.textures)
    half = number // count % 2
    for turn in range(count):
        anchor = conditioning.textures[(number + turn) % count]
        bars = phrases.bars(anchor, half * SECTION_BARS, SECTION_BARS)
        if bars is not None and any(bar.rhythm for bar in bars):
            return bars
    return None


@torch.inference_mode()
def tune_latents(codec: Codec, scale: LatentScale, tune: Events, conditioning: Conditioning) -> torch.Tensor:
    """Return the standardised latents (bars, channels) of a tune."""
    notes = events_notes(tune, conditioning)
    planes = notes_to_planes(notes, transposition_of(conditioning), bars=tune.bars)
    mean, _ = codec.encode(replace(planes, chords=torch.from_numpy(tune.chords)))
    return scale.standardise(mean)[:, LEAD]


def joined(tunes: list[Events], bars: int) -> Events:
    """Return the tunes of sections, each of eight bars, as one of so many bars."""

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(tune, name) for tune in tunes])

    length = SECTION_BARS * tunes[0].bar_steps
    onset = np.concatenate([tune.onset_steps + number * length for number, tune in enumerate(tunes)])
    return Events(
        column("row"), onset, column("duration_steps"), column("pitch"), column("velocity"), column("chords"),
        tunes[0].metre,
    ).take(0, bars)  # fmt: skip
