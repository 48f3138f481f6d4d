"""What every engine that writes notes can do, and what a judge of notes can."""

from typing import Protocol

import numpy as np

from generator.conditioning import Conditioning
from generator.notes import Notes


class NotesEngine(Protocol):
    """Composes from a request and a seed; the same two give the same notes."""

    @property
    def name(self) -> str:
        """The name by which tables and model cards know the engine."""
        ...

    def draw_notes(self, conditioning: Conditioning, seed: int) -> Notes:
        """Return notes in the key, metre and tempo asked for, on the rows and programs asked for."""
        ...


class NotesJudge(Protocol):
    """Says how surprising notes are."""

    @property
    def name(self) -> str:
        """The name by which tables know the judge."""
        ...

    def bits_by_bar(self, notes: Notes) -> np.ndarray:
        """Return (2, bars) float64: the bits that each bar costs, and the notes that begin in it."""
        ...


def bits_per_note(judge: NotesJudge, notes: Notes) -> float:
    """Return the mean bits a note costs a judge. Raises ValueError for a piece without notes."""
    bits, count = judge.bits_by_bar(notes).sum(axis=1)
    if not count:
        raise ValueError("a piece without notes has no bits a note")
    return float(bits / count)
