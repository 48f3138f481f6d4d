"""Small songs drawn from one source, for benches that compare composed with real music."""

import numpy as np

from generator.notes import Notes
from service.bench.generator.real_windows import RealWindow
from tests.generator.pieces import BAR_STEPS, track

_CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16))
_PHRASE_RHYTHMS = ((0, 12, 24, 36), (0, 18, 24), (0, 24, 36), (0, 6, 12, 24))


def song(rng: np.random.Generator, bars: int = 17) -> Notes:
    """Return a tune of chord tones over held chords and roots, the same four bars of chords and rhythms all along."""
    chords = [_CHORDS[number] for number in rng.permutation(len(_CHORDS))]
    rhythms = [_PHRASE_RHYTHMS[number] for number in rng.permutation(len(_PHRASE_RHYTHMS))]
    lead, pad, bass = [], [], []
    for bar in range(bars):
        begin, chord, rhythm = bar * BAR_STEPS, chords[bar % 4], rhythms[bar % 4]
        ends = (*rhythm[1:], BAR_STEPS)
        lead += [
            (begin + onset, end - onset, 72 + int(rng.choice(chord)), 90)
            for onset, end in zip(rhythm, ends, strict=True)
        ]
        pad += [(begin, BAR_STEPS, 60 + tone, 60) for tone in chord]
        bass += [(begin, 24, 36 + chord[0], 80), (begin + 24, 24, 36 + chord[0], 80)]
    return Notes((track("lead", 73, lead), track("pad", 48, pad), track("bass", 33, bass)), 100.0, 4, bars)


def windows(count: int, seed: int, name: str) -> list[RealWindow]:
    """Return so many windows, each of a work of its own."""
    rng = np.random.default_rng(seed)
    return [RealWindow(song(rng, 16), f"{name} {number}", "pop") for number in range(count)]
