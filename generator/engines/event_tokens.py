"""Events as tokens: one token a note and one a bar, each of several parts."""

from dataclasses import dataclass

import numpy as np

from generator.bars import MAX_BAR_STEPS, PATCHES_PER_BAR, PITCHES
from generator.chords import NO_CHORD
from generator.dataset import DRUM_CLASSES
from generator.engines.events import DRUMS, Events
from generator.notes import STEPS_PER_BEAT

NEXT_BAR = MAX_BAR_STEPS
"""A token's `when` is its step in the bar, or that a bar begins."""
START = NEXT_BAR + 1
WHENS = START + 1

NOTHING = DRUMS * PITCHES + DRUM_CLASSES
"""A token's `what` is row * 72 + pitch, or nothing for a bar."""
WHATS = NOTHING + 1

DURATION_STEPS = np.array([*range(1, 13), 14, 16, 18, 20, 21, 24, 28, 30, 32, 36, 40, 42, 44, 48, 54, 60, 66, 72, 84, 96, 108, 120, 144, 168, 192])  # fmt: skip
"""Every length up to a beat, the usual ones above it."""
DURATIONS = len(DURATION_STEPS)

VELOCITY_BUCKETS = 8
UNKNOWN_VELOCITY = VELOCITY_BUCKETS
_BUCKET_WIDTH = 128 // VELOCITY_BUCKETS


@dataclass(frozen=True)
class EventTokens:
    """A sequence: a start, then for each bar a token with its chords and a token a note.

    `when`, `what`, `duration`, `velocity`, `bar` and `now` (tokens,) int64, `now` the steps since the first bar; `chords`
    (tokens, 4) int64, those of the token's bar; `duration` of bars and drums is 0 and counts for nothing.
    """

    when: np.ndarray
    what: np.ndarray
    duration: np.ndarray
    velocity: np.ndarray
    bar: np.ndarray
    now: np.ndarray
    chords: np.ndarray

    def __len__(self) -> int:
        return len(self.when)

    def first(self, count: int) -> "EventTokens":
        """Return the first tokens."""
        return EventTokens(*(getattr(self, name)[:count] for name in self.__dataclass_fields__))


def tokens_of(events: Events, *, has_dynamics: bool = True) -> EventTokens:
    """Return events as tokens; without dynamics their velocities are unknown."""
    bars = np.arange(events.bars)
    bar_of_note = events.onset_steps // events.bar_steps
    step = events.onset_steps - bar_of_note * events.bar_steps
    order = np.argsort(np.r_[bars, bar_of_note], kind="stable")
    blank = np.zeros(events.bars, np.int64)
    nearest = np.abs(events.duration_steps[:, None] - DURATION_STEPS[None]).argmin(1)
    velocity = events.velocity // _BUCKET_WIDTH if has_dynamics else np.full(len(events), UNKNOWN_VELOCITY)
    bar = np.r_[0, np.r_[bars, bar_of_note][order]]
    chords = np.concatenate([np.full((1, PATCHES_PER_BAR), NO_CHORD, np.int64), events.chords[bar[1:]]])
    return EventTokens(
        when=np.r_[START, np.r_[blank + NEXT_BAR, step][order]],
        what=np.r_[NOTHING, np.r_[blank + NOTHING, events.row * PITCHES + events.pitch][order]],
        duration=np.r_[0, np.r_[blank, np.where(events.row == DRUMS, 0, nearest)][order]],
        velocity=np.r_[UNKNOWN_VELOCITY, np.r_[blank + UNKNOWN_VELOCITY, velocity][order]],
        bar=bar,
        now=np.r_[0, np.r_[bars * events.bar_steps, events.onset_steps][order]],
        chords=chords,
    )


def velocity_of(bucket: np.ndarray) -> np.ndarray:
    """Return MIDI velocities in the middle of their buckets; unknown ones are 80."""
    return np.where(bucket == UNKNOWN_VELOCITY, 80, bucket * _BUCKET_WIDTH + _BUCKET_WIDTH // 2)


def beat_of(when: np.ndarray) -> np.ndarray:
    """Return the beat 0 to 3 of steps in a bar; 0 for bars."""
    return np.where(when < NEXT_BAR, when // STEPS_PER_BEAT, 0)
