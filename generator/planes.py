"""Written music as the codec sees it: planes of bars in the key frame, with their chords."""

from dataclasses import replace

import numpy as np
import torch

from generator.bars import LOWEST_PITCH, MAX_BAR_STEPS, PATCHES_PER_BAR, PITCHES
from generator.chords import NO_CHORD, find_chords
from generator.dataset import DRUM_CLASSES, BarPlanes
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import drum_class

_LINES = ROWS[:-1]


def notes_to_planes(notes: Notes, transposition: int, *, bars: int | None = None) -> BarPlanes:
    """Return the bars of `notes` as planes in the key frame, which lies `transposition` semitones from its key.

    The inverse of `assembly.assemble`: a note that is held over bar lines sounds in every bar it reaches and is struck in
    its first. What lies outside the codec's pitches moves by octaves, and notes after the last bar line are left out.
    With `bars`, so many come: empty ones follow where the piece has fewer.
    """
    notes = notes if bars is None else replace(notes, bars=bars)
    bar_steps = notes.beats_per_bar * STEPS_PER_BEAT
    steps = notes.bars * bar_steps
    onset = np.zeros((len(_LINES), steps, PITCHES), np.float32)
    change = np.zeros((len(_LINES), steps + 1, PITCHES), np.float32)
    loudness = np.zeros((len(_LINES), steps), np.float32)
    drum_onset = np.zeros((steps, DRUM_CLASSES), np.float32)
    drum_velocity = np.zeros((steps, DRUM_CLASSES), np.float32)
    for track in notes.tracks:
        inside = track.onset_steps < steps
        start = track.onset_steps[inside].astype(np.int64)
        velocity = track.velocity[inside].astype(np.float32) / 127.0
        if track.is_drums:
            drum = drum_class(track.pitch[inside].astype(np.int64))
            drum_onset[start, drum] = 1.0
            np.maximum.at(drum_velocity, (start, drum), velocity)
            continue
        line = ROWS.index(track.row)
        pitch = _fold(track.pitch[inside].astype(np.int64) + transposition)
        end = np.minimum(start + track.duration_steps[inside], steps)
        onset[line, start, pitch] = 1.0
        np.add.at(change[line], (start, pitch), 1.0)
        np.add.at(change[line], (end, pitch), -1.0)
        np.maximum.at(loudness[line], start, velocity)
    sounding = np.clip(np.cumsum(change, axis=1)[:, :steps], 0.0, 1.0)

    def barred(plane: np.ndarray) -> torch.Tensor:
        """Cut (lines, steps, ...) into (bars, lines, 48, ...); short bars leave their last steps empty."""
        cut = np.swapaxes(plane.reshape(len(plane), notes.bars, bar_steps, *plane.shape[2:]), 0, 1)
        padding = [(0, 0)] * cut.ndim
        padding[2] = (0, MAX_BAR_STEPS - bar_steps)
        return torch.from_numpy(np.pad(cut, padding))

    return BarPlanes(
        onset=barred(onset),
        sounding=barred(sounding),
        velocity=barred(loudness),
        drum_onset=barred(drum_onset[None])[:, 0],
        drum_velocity=barred(drum_velocity[None])[:, 0],
        chords=torch.from_numpy(bar_chords(notes, transposition)),
        patches=torch.full((notes.bars,), notes.beats_per_bar),
    )


def piece_chords(notes: Notes) -> np.ndarray:
    """Return the chord number of each beat (beats,) int16 in the key of `notes`; all silence where nothing is pitched."""
    beats = notes.bars * notes.beats_per_bar
    pitched = [track for track in notes.tracks if not track.is_drums and len(track.pitch)]
    if not pitched:
        return np.full(beats, NO_CHORD, np.int16)
    return find_chords(
        _joined(pitched, "onset_steps"),
        _joined(pitched, "duration_steps"),
        _joined(pitched, "pitch"),
        beats,
        notes.beats_per_bar,
    )


def bar_chords(notes: Notes, transposition: int) -> np.ndarray:
    """Return the chords of each bar (bars, 4) int64 in the key frame; beats that a bar lacks are silence."""
    chords = piece_chords(notes).astype(np.int64)
    framed = np.where(
        chords == NO_CHORD, NO_CHORD, chords // 12 * 12 + (chords % 12 + transposition) % 12
    ).reshape(notes.bars, notes.beats_per_bar)
    padding = ((0, 0), (0, PATCHES_PER_BAR - notes.beats_per_bar))
    return np.pad(framed, padding, constant_values=NO_CHORD)


def _joined(tracks: list[NoteTrack], name: str) -> np.ndarray:
    return np.concatenate([getattr(track, name) for track in tracks]).astype(np.int64)


def _fold(framed: np.ndarray) -> np.ndarray:
    """Return pitches of the key frame as numbers from 0, moved by octaves into the range the codec knows."""
    below = np.maximum(LOWEST_PITCH - framed, 0)
    above = np.maximum(framed - (LOWEST_PITCH + PITCHES - 1), 0)
    return np.asarray(framed + (below + 11) // 12 * 12 - (above + 11) // 12 * 12 - LOWEST_PITCH)
