"""Modal mixture: chords borrowed from the parallel mode, which make the step between major and minor a small one.

In major the subdominant's third is lowered (iv for IV, the sixth degree flat); in minor it is raised (IV for iv, the Dorian
sixth): the commonest borrowings both ways (S. Kostka and D. Payne, "Tonal Harmony", chapter on mode mixture).
"""

from dataclasses import replace

import numpy as np

from generator.notes import STEPS_PER_BEAT, Notes

BORROWED_AT_MOST = 0.6
"""Share of the bars that can borrow which do, at a mixture of 1."""

_FOURTH = 5
_LOWERED = {"major": 9, "minor": 8}
_SHIFT = {"major": -1, "minor": 1}
_MEDIANT = {"major": 4, "minor": 3}


def mix_modes(notes: Notes, tonic: int, mode: str, mixture: float) -> Notes:
    """Return `notes` with the sixth degree moved in a share of the bars on the subdominant, in all rows alike.

    `tonic` is a pitch class (0 = C). A bar can borrow where fourth and sixth degree sound and the third sounds less than the
    fourth, since against the third a moved sixth would make another chord. The bars are spread evenly; the last is an ending
    and keeps its mode. More mixture only adds bars.
    """
    bar_steps = notes.beats_per_bar * STEPS_PER_BEAT
    pitched = [track for track in notes.tracks if not track.is_drums]
    sixth = (tonic + _LOWERED[mode]) % 12
    sounding = np.zeros((12, notes.bars))
    for track in pitched:
        np.add.at(
            sounding, ((track.pitch - tonic) % 12, track.onset_steps // bar_steps), track.duration_steps
        )
    can = (sounding[_LOWERED[mode]] > 0) & (sounding[_FOURTH] > sounding[_MEDIANT[mode]])
    can[-1:] = False
    bars = np.flatnonzero(can)
    # golden steps: any beginning of this order is spread evenly over the piece
    order = np.argsort((np.arange(len(bars)) * 0.6180339887498949) % 1.0, kind="stable")
    borrows = np.zeros(notes.bars, bool)
    borrows[bars[order[: round(mixture * BORROWED_AT_MOST * len(bars))]]] = True
    tracks = []
    for track in notes.tracks:
        if not track.is_drums:
            moves = borrows[track.onset_steps // bar_steps] & (track.pitch % 12 == sixth)
            track = replace(track, pitch=(track.pitch + _SHIFT[mode] * moves).astype(np.int16))
        tracks.append(track)
    return replace(notes, tracks=tuple(tracks))
