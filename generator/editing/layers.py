"""One piece at several intensities, bar by bar alike, so that a player may go from one to the other at any bar line."""

from dataclasses import replace

import numpy as np

from generator.arranging.expression import express
from generator.arranging.touch import VELOCITY_REACH, with_articulation
from generator.conditioning import Conditioning
from generator.editing.written import Written
from generator.emotion_map import emotion_to_music, playing_rows
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

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
        layers[name] = Written(_played(written.notes, asked), asked, written.loops)
    return layers


def _played(notes: Notes, asked: Conditioning) -> Notes:
    playing = tuple(track for track in notes.tracks if track.row in asked.programs)
    last_bar_step = (notes.bars - 1) * notes.beats_per_bar * STEPS_PER_BEAT
    tracks = [
        with_articulation(_louder(track, asked.dynamics), asked.articulation, last_bar_step)
        for track in express(replace(notes, tracks=playing), asked).tracks
    ]
    return replace(notes, tracks=tuple(tracks))


def _louder(track: NoteTrack, dynamics: float) -> NoteTrack:
    velocity = track.velocity + round(VELOCITY_REACH * (dynamics - 0.5))
    return replace(track, velocity=np.clip(velocity, 1, 127).astype(np.int16))
