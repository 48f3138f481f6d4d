"""Places in a bar: how much each matters, and where a beat is halved."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

STRAIGHT_HALF, SWUNG_HALF = STEPS_PER_BEAT // 2, 2 * STEPS_PER_BEAT // 3
_GOLDEN = 0.6180339887498949


def importance(onset_steps: np.ndarray, beats_per_bar: int) -> np.ndarray:
    """Return how much each onset (notes,) matters, 0 to 1: downbeats before beats, before halves, before the rest.

    Among equals the order runs through the bar in golden steps, so that what is left out or added spreads evenly.
    """
    step = np.asarray(onset_steps, np.int64) % (beats_per_bar * STEPS_PER_BEAT)
    in_beat = step % STEPS_PER_BEAT
    kind = np.where(in_beat == 0, 2, np.isin(in_beat, (STRAIGHT_HALF, SWUNG_HALF)))
    kind = np.where(step == 0, 3, kind)
    return np.asarray((kind + ((step // 3 + 1) * _GOLDEN) % 1.0) / 4.0)


def place_in_order(weights: np.ndarray) -> np.ndarray:
    """Return each weight's place (n,) from 0, the least, to 1; equal ones share the middle of their places."""
    return np.asarray((rankdata(weights) - 0.5) / max(len(weights), 1))


def halfway_steps(notes: Notes) -> int:
    """Return where in a beat the piece's second half begins: in the middle, or at two thirds where it swings."""
    onsets = [track.onset_steps % STEPS_PER_BEAT for track in notes.tracks]
    in_beat = np.concatenate(onsets) if onsets else np.zeros(0, np.int64)
    swung = np.count_nonzero(np.isin(in_beat, (4, SWUNG_HALF)))
    return SWUNG_HALF if swung > np.count_nonzero(in_beat == STRAIGHT_HALF) else STRAIGHT_HALF


def in_order(track: NoteTrack, added: Mapping[str, np.ndarray], *, keep: np.ndarray) -> NoteTrack:
    """Return the track's kept notes together with the `added` ones (arrays by field), ordered by onset, then pitch."""
    columns = [
        np.concatenate([getattr(track, name)[keep], added.get(name, np.zeros(0))]).astype(
            getattr(track, name).dtype
        )
        for name in ("onset_steps", "duration_steps", "pitch", "velocity")
    ]
    order = np.lexsort((columns[2], columns[0]))
    return NoteTrack(track.row, track.program, *(column[order] for column in columns))
