"""How far the next piece for a taste leans away from what the taste's own tracks suggest, as plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from generator.notes import ROWS

KIND_OF_PROGRAMS = 8
"""General MIDI groups its programs by eight: pianos, chromatic percussion, organs, guitars..."""

REACH = 0.1
"""What one unit of log odds is worth beside the nearness of an anchor."""


@dataclass(frozen=True)
class Leaning:
    """Offsets and odds; nothing leans where nothing is given.

    ``tempo_octaves`` and ``density`` are added; ``major`` are log odds in favour of major; ``instruments`` by row and kind of
    instrument (see `instrument`) and ``anchors`` by an anchor's number are log odds of being wanted.
    """

    tempo_octaves: float = 0.0
    density: float = 0.0
    major: float = 0.0
    instruments: Mapping[str, float] = field(default_factory=dict)
    anchors: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no number; raises ValueError."""
        numbers = (
            self.tempo_octaves,
            self.density,
            self.major,
            *self.instruments.values(),
            *self.anchors.values(),
        )
        if not all(isfinite(number) for number in numbers):
            raise ValueError("a leaning is made of finite numbers")

    def of_anchors(self, programs: np.ndarray) -> np.ndarray | None:
        """Log odds of each anchor, float64 (anchors,), by its programs (anchors, rows); None where nothing leans."""
        if not self.instruments and not self.anchors:
            return None
        odds = np.zeros(len(programs))
        for row, name in enumerate(ROWS):
            for kind in np.unique(programs[:, row][programs[:, row] >= 0] // KIND_OF_PROGRAMS):
                wanted = self.instruments.get(f"{name}:{kind}", 0.0)
                odds[programs[:, row] // KIND_OF_PROGRAMS == kind] += wanted
        for number, wanted in self.anchors.items():
            if 0 <= number < len(odds):
                odds[number] += wanted
        return odds


def instrument(row: str, program: int) -> str:
    """What a row's program counts as: its row and its kind of instrument."""
    return f"{row}:{program // KIND_OF_PROGRAMS}"
