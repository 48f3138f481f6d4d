"""Swing: whether a piece has it, and how late its offbeats come."""

import numpy as np

from generator.notes import STEPS_PER_BEAT, Notes

WRITTEN_OFFBEATS = (6, 8)
"""Swing is written in halves or in thirds of a beat, and both are played alike."""

SHORT_NOTE_SECONDS = 0.1
WIDEST_RATIO = 2.2

_FEWEST_OFFBEATS = 0.04


def is_swung(notes: Notes) -> bool:
    """Return whether most notes between the beats come on the last third of a beat rather than in its middle.

    Only in metres of four beats: in 6/8 such notes are no swing.
    """
    if not notes.tracks or notes.beats_per_bar != 4:
        return False
    step = np.concatenate([track.onset_steps for track in notes.tracks]) % STEPS_PER_BEAT
    middle, late = (int((step == offbeat).sum()) for offbeat in WRITTEN_OFFBEATS)
    return late > middle and late >= _FEWEST_OFFBEATS * max(len(step), 1)


def offbeat_steps(tempo_bpm: float) -> float:
    """Return where in the beat a swung offbeat is played, in steps.

    Jazz drummers swing widely in slow music and evenly in fast, and hardly play the short note under a tenth of a second
    (A. Friberg, A. Sundstroem, "Swing ratios and ensemble timing in jazz performance", Music Perception 19, 2002).
    """
    beat_seconds = 60.0 / tempo_bpm
    ratio = float(np.clip((beat_seconds - SHORT_NOTE_SECONDS) / SHORT_NOTE_SECONDS, 1.0, WIDEST_RATIO))
    return STEPS_PER_BEAT * ratio / (1.0 + ratio)


def with_swing(steps: np.ndarray, tempo_bpm: float) -> np.ndarray:
    """Return onsets or ends (notes,) in steps, float64, with written offbeats where a swinging player puts them."""
    swung = np.isin(steps % STEPS_PER_BEAT, WRITTEN_OFFBEATS)
    return np.where(swung, steps - steps % STEPS_PER_BEAT + offbeat_steps(tempo_bpm), steps)
