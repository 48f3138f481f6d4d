"""Written music: rows of notes on a grid of twelve steps a beat."""

from dataclasses import dataclass, replace

import numpy as np

STEPS_PER_BEAT = 12
"""Twelve steps hold sixteenths, triplets and swing alike."""

ROWS = ("lead", "comp", "pad", "bass", "drums")
"""The parts of an arrangement; one source line a row, never merged."""

DRUM_PROGRAM = 128
"""Stands for a drum kit where General MIDI programs run from 0 to 127."""


@dataclass(frozen=True)
class NoteTrack:
    """One row as it is played.

    `onset_steps` (notes,) int32, absolute and ascending; `duration_steps` (notes,) int32, at least 1;
    `pitch` (notes,) int16, MIDI numbers, for drums General MIDI drum keys; `velocity` (notes,) int16, 1 to 127.
    """

    row: str
    program: int
    onset_steps: np.ndarray
    duration_steps: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray

    @property
    def is_drums(self) -> bool:
        """Whether the pitches are drum keys."""
        return self.program == DRUM_PROGRAM

    def take(self, chosen: np.ndarray) -> "NoteTrack":
        """Return the row with the notes chosen by a mask or by indices."""
        return replace(
            self,
            onset_steps=self.onset_steps[chosen],
            duration_steps=self.duration_steps[chosen],
            pitch=self.pitch[chosen],
            velocity=self.velocity[chosen],
        )


@dataclass(frozen=True)
class Notes:
    """A whole piece: its tracks, a constant tempo and metre, and its length in bars."""

    tracks: tuple[NoteTrack, ...]
    tempo_bpm: float
    beats_per_bar: int
    bars: int

    @property
    def duration_seconds(self) -> float:
        """Length of all bars at the piece's tempo, without the ring of the last notes."""
        return self.bars * self.beats_per_bar * 60.0 / self.tempo_bpm

    @property
    def note_count(self) -> int:
        """Notes of all tracks together."""
        return sum(len(track.onset_steps) for track in self.tracks)
