"""Bars: how a metre is laid on the grid, and the common key frame in which the engines write."""

from dataclasses import dataclass

from generator.notes import STEPS_PER_BEAT

MAX_BAR_STEPS = 48
PATCHES_PER_BAR = MAX_BAR_STEPS // STEPS_PER_BEAT
"""A bar is cut into patches of one quarter note; a bar of 36 steps leaves the last patch empty."""

LOWEST_PITCH, PITCHES = 24, 72
"""C1 to B6 in the key frame; what lies outside moves by octaves."""

MAJOR_TONIC, MINOR_TONIC = 0, 9
"""The key frame: everything is learnt and written in C major or A minor, the key is restored at rendering."""


@dataclass(frozen=True)
class Metre:
    """A metre on the grid: `bar_steps` a bar and the quarter-note patches it fills."""

    name: str
    bar_steps: int

    @property
    def patches(self) -> int:
        """Quarter-note patches in a bar."""
        return self.bar_steps // STEPS_PER_BEAT


METRES = (Metre("4/4", 48), Metre("3/4", 36), Metre("6/8", 36))

_METRE_OF_GROUP = {"4/4": 0, "2/4": 0, "2/2": 0, "3/4": 1, "6/8": 2, "12/8": 2}
"""2/4 is written in pairs of bars, 2/2 as 4/4, 12/8 as two bars of 6/8."""


def metre_index(metre_group: str) -> int | None:
    """Return the index into `METRES` for a corpus metre group, or None where the metre is left out."""
    return _METRE_OF_GROUP.get(metre_group)


def fold_pitch(pitch: int) -> int:
    """Move a pitch by octaves into the range the codec knows."""
    while pitch < LOWEST_PITCH:
        pitch += 12
    while pitch >= LOWEST_PITCH + PITCHES:
        pitch -= 12
    return pitch


def transposition_to_frame(tonic: int, mode: str) -> int:
    """Return the semitones, -6 to 5, that bring a piece with this tonic (0 = C) into the key frame."""
    target = MAJOR_TONIC if mode == "major" else MINOR_TONIC
    return (target - tonic + 6) % 12 - 6
