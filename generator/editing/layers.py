"""One piece at several intensities, bar by bar alike, so that a player may go from one to the other at any bar line."""

from dataclasses import replace

from generator.editing.written import Written
from generator.emotion_map import emotion_to_music, playing_rows
from generator.expression import express

INTENSITIES = {"calm": -0.8, "even": 0.0, "lively": 0.8}
"""The arousal each layer has in relation to the piece."""


def arousal_layers(written: Written) -> dict[str, Written]:
    """Return the piece calmer, as it is, and livelier: fewer or all rows, thinner or denser, softer or louder.

    Tempo, key, harmony, bars and register are the piece's own in all layers. The middle one is the piece, note by note.
    """
    layers = {}
    for name, arousal in INTENSITIES.items():
        mood = emotion_to_music(0.0, arousal)
        programs = written.asked.programs
        if arousal < 0.0:
            programs = playing_rows(programs, mood.fullness)
        asked = replace(
            written.asked,
            programs=dict(programs),
            density=mood.density,
            articulation=mood.articulation,
            dynamics=mood.dynamics,
            drum_intensity=mood.drum_intensity,
            register=0.5,
            mixture=0.0,
        )
        tracks = tuple(track for track in written.notes.tracks if track.row in programs)
        notes = express(replace(written.notes, tracks=tracks), asked)
        layers[name] = Written(notes, asked, written.loops)
    return layers
