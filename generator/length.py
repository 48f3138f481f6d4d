"""How many bars a piece has, so that it lasts as long as was asked for."""

from dataclasses import replace

from generator.bars import METRES
from generator.conditioning import TEMPO_RANGE_BPM, Conditioning
from generator.latents import metre_number
from generator.sound.rendering import TAIL_SECONDS


def fit_to_length(conditioning: Conditioning) -> tuple[Conditioning, int]:
    """Return the conditioning with its tempo bent so that whole bars and the last ring fill its seconds, and the bars.

    The tempo moves by half a bar in all, which is a few percent.
    """
    beats = METRES[metre_number(conditioning.metre)].patches
    room = max(conditioning.seconds - TAIL_SECONDS, 1.0)
    bars = max(round(room * conditioning.tempo_bpm / 60.0 / beats), 2)
    low, high = TEMPO_RANGE_BPM
    tempo = min(max(bars * beats * 60.0 / room, low), high)
    return replace(conditioning, tempo_bpm=tempo), bars
