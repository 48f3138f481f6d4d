"""From planes of bars to written notes in a key, at a tempo, on instruments."""

from collections.abc import Mapping

import numpy as np

from generator.bars import LOWEST_PITCH, METRES
from generator.notes import DRUM_PROGRAM, ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import DRUM_KEYS

_DRUMS = ROWS.index("drums")


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

    `onset`, `sounding` (bars, 4, 48, 72) bool, `velocity` (bars, 4, 48) 0..1, `drum_onset` (bars, 48, 12) bool,
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
            held = sounding[:, row, :bar_steps].reshape(bars * bar_steps, -1)
            loudness = velocity[:, row, :bar_steps].reshape(-1)
            track = _line_track(name, programs[name], struck, held, loudness, LOWEST_PITCH - transposition)
        if len(track.onset_steps):
            tracks.append(track)
    return Notes(tuple(tracks), tempo_bpm=tempo_bpm, beats_per_bar=bar_steps // STEPS_PER_BEAT, bars=bars)


def _line_track(
    name: str, program: int, struck: np.ndarray, held: np.ndarray, loudness: np.ndarray, lowest: int
) -> NoteTrack:
    steps, pitches = struck.shape
    # the first step at or after each one where the pitch rests, found by scanning from the end
    rests_at = np.empty((steps + 1, pitches), np.int32)
    rests_at[steps] = steps
    strikes_at = np.full((steps + 1, pitches), steps, np.int32)
    for step in range(steps - 1, -1, -1):
        rests_at[step] = np.where(held[step] | struck[step], rests_at[step + 1], step)
        strikes_at[step] = np.where(struck[step], step, strikes_at[step + 1])
    onset, pitch = np.nonzero(struck)
    end = np.minimum(rests_at[onset, pitch], strikes_at[onset + 1, pitch])
    return NoteTrack(
        row=name,
        program=program,
        onset_steps=onset.astype(np.int32),
        duration_steps=np.maximum(end - onset, 1).astype(np.int32),
        pitch=(pitch + lowest).astype(np.int16),
        velocity=np.clip(np.round(loudness[onset] * 127), 1, 127).astype(np.int16),
    )


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
