"""How hard and how long notes are played: dynamics and articulation as they were asked for."""

from dataclasses import replace

import numpy as np

from generator.arranging.lines import in_order
from generator.notes import STEPS_PER_BEAT, NoteTrack

VELOCITY_REACH = 44.0
"""Between the softest and the loudest request, in MIDI velocity; a velocity layer of most fonts spans less."""

NARROWEST, WIDEST = 0.6, 1.6
"""Soft music is played evenly, loud music with contrasts: the factor on a row's spread of velocities."""

ROW_VELOCITY = {"lead": 90.0, "comp": 74.0, "pad": 68.0, "bass": 84.0, "drums": 84.0}
"""The mean a row is drawn towards, half of the way, so that the tune is played above what carries it."""

STACCATO_SHARE = {"lead": 0.5, "comp": 0.4, "pad": 0.65, "bass": 0.5}
"""What remains of a note's length where everything is asked to be detached."""


def with_dynamics(track: NoteTrack, dynamics: float) -> NoteTrack:
    """Return the row at the level and with the range of `dynamics` (0 to 1, .5 neutral); the order of its velocities stays."""
    if not len(track.velocity):
        return track
    mean = float(track.velocity.mean())
    centre = 0.5 * (mean + ROW_VELOCITY[track.row]) + VELOCITY_REACH * (dynamics - 0.5)
    spread = NARROWEST * (WIDEST / NARROWEST) ** dynamics
    velocity = centre + spread * (track.velocity - mean)
    return replace(track, velocity=np.clip(np.rint(velocity), 12, 122).astype(np.int16))


def with_articulation(track: NoteTrack, articulation: float, last_bar_step: int) -> NoteTrack:
    """Return the row with notes as long as asked: 0 = legato, up to the next note, .5 = as written, 1 = staccato.

    What begins in the last bar keeps its length: it is the ending. A rest of more than a beat stays a rest.
    """
    if track.is_drums or not len(track.onset_steps):
        return track
    written = track.duration_steps.astype(np.float64)
    if articulation >= 0.5:
        share = 1.0 - 2.0 * (articulation - 0.5) * (1.0 - STACCATO_SHARE[track.row])
        # What is short already is detached already: a sixteenth keeps its length.
        length = np.maximum(written * share, np.minimum(written, 2.0))
    else:
        moments = np.unique(track.onset_steps)
        following = np.searchsorted(moments, track.onset_steps, side="right")
        next_onset = np.r_[moments, moments[-1]][np.minimum(following, len(moments))]
        until_next = (next_onset - track.onset_steps).astype(np.float64)
        reachable = (until_next > written) & (until_next - written <= STEPS_PER_BEAT)
        share = 1.0 - 2.0 * articulation
        length = written + np.where(reachable, share * (until_next - written), 0.0)
    length = np.where(track.onset_steps >= last_bar_step, written, length)
    return in_order(replace(track, duration_steps=np.maximum(np.rint(length), 1).astype(np.int32)))
