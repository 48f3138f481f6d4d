"""From planes of bars to written notes in a key, at a tempo, on instruments."""

from collections.abc import Mapping

import numpy as np

from generator.bars import LOWEST_PITCH, METRES
from generator.notes import DRUM_PROGRAM, ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import DRUM_KEYS

_DRUMS = ROWS.index("drums")

_CERTAIN = 1e3
RELEASED_TOGETHER = 8.0
"""Notes of one row that begin together end together where that costs no more log odds a note: so do nine in ten of the corpus."""


def certain(planes: np.ndarray) -> np.ndarray:
    """Return planes of written notes (zero where silent) as log odds that leave no doubt."""
    return np.where(planes > 0, _CERTAIN, -_CERTAIN).astype(np.float32)


def assemble(
    onset: np.ndarray,
    sounding: np.ndarray,
    velocity: np.ndarray,
    drum_onset: np.ndarray,
    drum_velocity: np.ndarray,
    *,
    metre: int,
    transposition: int,
    programs: Mapping[str, int],
    tempo_bpm: float,
) -> Notes:
    """Join bars of planes into `Notes`; a note held over a bar line is one note.

    `onset` (bars, 4, 48, 72) bool, `sounding` in the same shape the log odds that a pitch sounds, `velocity` (bars, 4, 48) 0..1, `drum_onset` (bars, 48, 12) bool,
    `drum_velocity` (bars, 48, 12) 0..1; only rows named in `programs` play. `transposition` is what brought the piece
    into the key frame and is undone here. Tempo counts quarter notes.
    """
    bar_steps = METRES[metre].bar_steps
    bars = len(onset)
    tracks = []
    for row, name in enumerate(ROWS):
        if name not in programs:
            continue
        if row == _DRUMS:
            track = _drum_track(drum_onset[:, :bar_steps], drum_velocity[:, :bar_steps])
        else:
            struck = onset[:, row, :bar_steps].reshape(bars * bar_steps, -1)
            held = np.where(struck, _CERTAIN, sounding[:, row, :bar_steps].reshape(bars * bar_steps, -1))
            loudness = velocity[:, row, :bar_steps].reshape(-1)
            track = _line_track(name, programs[name], struck, held, loudness, LOWEST_PITCH - transposition)
        if len(track.onset_steps):
            tracks.append(track)
    return Notes(tuple(tracks), tempo_bpm=tempo_bpm, beats_per_bar=bar_steps // STEPS_PER_BEAT, bars=bars)


def _line_track(
    name: str, program: int, struck: np.ndarray, sounding: np.ndarray, loudness: np.ndarray, lowest: int
) -> NoteTrack:
    onset, pitch = np.nonzero(struck)
    return NoteTrack(
        row=name,
        program=program,
        onset_steps=onset.astype(np.int32),
        duration_steps=(_likeliest_ends(onset, pitch, struck, sounding) - onset).astype(np.int32),
        pitch=(pitch + lowest).astype(np.int16),
        velocity=np.clip(np.round(loudness[onset] * 127), 1, 127).astype(np.int16),
    )


def _likeliest_ends(
    onset: np.ndarray, pitch: np.ndarray, struck: np.ndarray, sounding: np.ndarray
) -> np.ndarray:
    """Return the step (notes,) at which each note ends: before its pitch is struck again, where that is likeliest.

    A note sounds from its onset to its end and rests from there on, so the likeliest end is where the log odds of sounding,
    added up from the onset, are highest. Notes are in the order of their onsets.
    """
    steps = len(struck)
    total = np.concatenate([np.zeros((1, sounding.shape[1])), np.cumsum(sounding, axis=0, dtype=np.float64)])
    struck_next = np.full(struck.shape[1], steps)
    limit = np.empty(len(onset), np.int64)
    for note in range(len(onset) - 1, -1, -1):
        limit[note] = struck_next[pitch[note]]
        struck_next[pitch[note]] = onset[note]
    ends = np.empty(len(onset), np.int64)
    groups = np.split(np.arange(len(onset)), np.flatnonzero(np.diff(onset)) + 1) if len(onset) else []
    for group in groups:
        first = int(onset[group[0]]) + 1
        last = int(limit[group].min())
        alone = [total[first : limit[note] + 1, pitch[note]] for note in group]
        ends[group] = [first + int(np.argmax(one)) for one in alone]
        together = np.sum([one[: last - first + 1] for one in alone], axis=0)
        best = int(np.argmax(together))
        if sum(float(one.max()) for one in alone) - together[best] <= RELEASED_TOGETHER * len(group):
            ends[group] = first + best
    return ends


def _drum_track(struck: np.ndarray, loudness: np.ndarray) -> NoteTrack:
    bars, bar_steps, classes = struck.shape
    onset, drum = np.nonzero(struck.reshape(bars * bar_steps, classes))
    loud = loudness.reshape(bars * bar_steps, classes)[onset, drum]
    return NoteTrack(
        row="drums",
        program=DRUM_PROGRAM,
        onset_steps=onset.astype(np.int32),
        duration_steps=np.full(len(onset), STEPS_PER_BEAT // 4, np.int32),
        pitch=np.array(DRUM_KEYS, np.int16)[drum],
        velocity=np.clip(np.round(loud * 127), 1, 127).astype(np.int16),
    )
