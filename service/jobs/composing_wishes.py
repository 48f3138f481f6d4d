"""What a listener said they want of a piece, as what the generator is asked for."""

from dataclasses import replace

from generator.conditioning import Conditioning
from generator.emotion_map import emotion_to_music
from generator.taste.condition import TasteSound
from service.compositions.wishes import Wish


def as_wished(asked: Conditioning, wish: Wish, taste: TasteSound) -> Conditioning:
    """What a taste asks for, moved to the wished mood and tempo and given to the wished instruments.

    A mood moves the tempo, the density and the drums by as much as it lies from the taste's own, and takes away or leaves the
    layers it needs; its mode is that of the wished valence. A tempo that is wished for is kept exactly, and so is whoever is to play.
    """
    if wish.valence is not None or wish.arousal is not None:
        valence = taste.valence if wish.valence is None else wish.valence
        arousal = taste.arousal if wish.arousal is None else wish.arousal
        here = emotion_to_music(valence, arousal)
        suggested = emotion_to_music(taste.valence, taste.arousal)
        mood = replace(
            here,
            tempo_factor=here.tempo_factor / suggested.tempo_factor,
            density=_moved(asked.density, here.density - suggested.density),
            drum_intensity=_moved(asked.drum_intensity, here.drum_intensity - suggested.drum_intensity),
        )
        if wish.valence is None:
            mood = replace(mood, mode=asked.mode, mixture=asked.mixture)
        asked = asked.with_mood(mood).with_band(mood)
    if wish.tempo_bpm is not None:
        asked = replace(asked, tempo_bpm=wish.tempo_bpm)
    if not wish.instruments:
        return asked
    kept = {row: program for row, program in asked.programs.items() if row not in wish.programs}
    wanted = {row: program for row, program in wish.programs.items() if program is not None}
    return replace(asked, programs={**kept, **wanted})


def _moved(share: float, by: float) -> float:
    return min(max(share + by, 0.0), 1.0)
