"""An edited piece as sound: whole, as a loop without a seam, and row by row."""

from dataclasses import replace

import numpy as np

from generator.editing.written import Written
from generator.notes import Notes
from generator.sound.mastering import master
from generator.sound.rendering import SYNTHESIS_RATE, render_notes, render_stems

RING_BARS = 1
"""A loop is rendered with so much silence after it that nothing is held on as at an ending, and all that rings is heard."""

FADED_SECONDS = 0.25
"""What still rings after the silence is faded out over so long, before it is laid over the beginning."""

SETTLING_SECONDS = 3.0
"""Mastered before and after a loop, so that filters and limiter are in the state in which they come round."""


LOUDEST_PEAK = 0.9
"""Of the sum of all stems, in terms of full scale."""


def master_piece(written: Written, samples: np.ndarray) -> np.ndarray:
    """Return rendered samples (2, time) mastered at the piece's length; a loop's end and beginning are treated as one.

    A loop is mastered in the middle of its own repetitions: nothing is faded, and its last sample leads to its first.
    """
    if not written.loops:
        return master(samples, SYNTHESIS_RATE, seconds=written.asked.seconds).samples
    length = samples.shape[1]
    around = round(SETTLING_SECONDS * SYNTHESIS_RATE)
    places = np.arange(-around, length + around) % length
    mastered = master(samples[:, places], SYNTHESIS_RATE, fade_out_seconds=0.0).samples
    return np.ascontiguousarray(mastered[:, around : around + length])


def render_piece(written: Written, rng: np.random.Generator) -> np.ndarray:
    """Return the piece's sound (2, time) float32, un-mastered; what rings on after a loop's end is laid over its beginning."""
    brightness = written.asked.brightness
    if not written.loops:
        return render_notes(written.notes, rng=rng, brightness=brightness)
    sound = render_notes(_followed_by_silence(written.notes), rng=rng, brightness=brightness)
    return wrap(sound, loop_samples(written))


def loop_samples(written: Written) -> int:
    """Return the length of a loop: its bars in whole samples."""
    return round(written.notes.duration_seconds * SYNTHESIS_RATE)


def wrap(samples: np.ndarray, length: int) -> np.ndarray:
    """Return `samples` (2, time) folded to (2, length): each sample is heard where a loop of that length would have it.

    The sum of a sound that is repeated for ever, once it has begun: continuous at the seam wherever the sound itself is.
    """
    faded = samples.copy()
    fade = min(round(FADED_SECONDS * SYNTHESIS_RATE), max(samples.shape[1] - length, 0))
    if fade:
        faded[:, -fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    turns = -(-faded.shape[1] // length)
    whole = np.zeros((2, turns * length), np.float32)
    whole[:, : faded.shape[1]] = faded
    return np.asarray(whole.reshape(2, turns, length).sum(1), dtype=np.float32)


def render_row_by_row(written: Written, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return each row's sound (2, time) float32, all as long as the piece.

    Their sum is what `render_piece` gives, turned down where it would clip.
    """
    notes = _followed_by_silence(written.notes) if written.loops else written.notes
    stems = render_stems(notes, rng=rng, brightness=written.asked.brightness)
    if written.loops:
        stems = {row: wrap(sound, loop_samples(written)) for row, sound in stems.items()}
    peak = float(np.abs(sum(stems.values(), np.zeros(1, np.float32))).max(initial=0.0))
    gain = np.float32(min(LOUDEST_PEAK / peak, 1.0) if peak else 1.0)
    return {row: sound * gain for row, sound in stems.items()}


def _followed_by_silence(notes: Notes) -> Notes:
    return replace(notes, bars=notes.bars + RING_BARS)
