"""Markov engines: each row by itself under the chords, what comes next drawn from what followed before.

One class, two controls. With order 1 a row knows its last note; with a high order it knows as long a history as it has met
before, which is PPM's model (Cleary and Witten 1984) and what musical continuators use (Pachet 2003).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.bars import METRES, PATCHES_PER_BAR, PITCHES
from generator.chords import CHORD_CLASSES, NO_CHORD
from generator.conditioning import Conditioning
from generator.dataset import BarDataset
from generator.engines.backoff import BackOff
from generator.engines.events import (
    DRUMS,
    Events,
    balanced_windows,
    dataset_events,
    events_notes,
    notes_events,
    ordered_events,
)
from generator.latents import metre_number
from generator.length import fit_to_length
from generator.notes import ROWS, STEPS_PER_BEAT, Notes
from generator.windows import WINDOW_BARS, Windows

ORDERS = {"markov": 1, "markov-high": 8}

_BEGINNING = -1
_LONGEST_GAP_STEPS = 8 * STEPS_PER_BEAT * PATCHES_PER_BAR
_LONGEST_STEPS = 4 * STEPS_PER_BEAT * PATCHES_PER_BAR
_LONGEST_CHORD_BEATS = 16
_FIRST = 2 * PITCHES
"""A line's first move is its pitch itself, told apart by this offset from intervals, which are offset by `PITCHES`."""

_ALPHABETS = {"gap": _LONGEST_GAP_STEPS + 1, "move": 3 * PITCHES, "duration": _LONGEST_STEPS + 1, "chord": CHORD_CLASSES, "length": _LONGEST_CHORD_BEATS + 1}  # fmt: skip


@dataclass(frozen=True)
class _Examples:
    """Of every note (notes,) int64: its symbols, the facts they are drawn under, and the notes before it.

    `gap` steps since the row's last note; `move` interval, first pitch or drum class; `duration`. Facts (notes, n);
    `history` (notes, order) tokens of the row's notes before, `_BEGINNING` before its first.
    """

    gap: np.ndarray
    move: np.ndarray
    duration: np.ndarray
    gap_facts: np.ndarray
    move_facts: np.ndarray
    duration_facts: np.ndarray
    history: np.ndarray
    bar: np.ndarray


class MarkovEngine:
    """Draws rows note by note from counts, and counts the bits that notes cost it."""

    def __init__(self, pieces: Sequence[Events], order: int, name: str = "markov") -> None:
        """Learn from pieces. Raises ValueError where they hold no notes."""
        self.name, self.order = name, order
        told = [_row_examples(piece, order) for piece in pieces if len(piece)]
        if not told:
            raise ValueError("a Markov engine cannot learn from pieces without notes")
        rows = _joined(told)
        self.rows = frozenset(int(row) for piece in pieces for row in np.unique(piece.row))
        self.gaps = BackOff(rows.gap_facts, rows.history, rows.gap, _ALPHABETS["gap"])
        self.moves = BackOff(rows.move_facts, rows.history, rows.move, _ALPHABETS["move"])
        self.durations = BackOff(rows.duration_facts, rows.history, rows.duration, _ALPHABETS["duration"])
        chords = [_chord_examples(piece, order) for piece in pieces]
        facts, history, chord, beats, _ = (np.concatenate(column) for column in zip(*chords, strict=True))
        self.chord_changes = BackOff(facts, history, chord, _ALPHABETS["chord"])
        lengths = np.column_stack([facts, chord])
        self.chord_lengths = BackOff(lengths, history, beats, _ALPHABETS["length"])

    @classmethod
    def fit(
        cls, dataset: BarDataset, windows: Windows, rng: np.random.Generator, *, order: int, name: str = "markov", count: int = 1500
    ) -> "MarkovEngine":  # fmt: skip
        """Learn from at most `count` windows of a dataset, styles in equal parts."""
        segment_range = dataset.segment_range()
        chosen = balanced_windows(dataset.piece_style[windows.piece], count, rng)
        pieces = [
            dataset_events(dataset, segment_range, int(first_bar), WINDOW_BARS)
            for first_bar in windows.first_bar[chosen]
        ]
        return cls(pieces, order, name)

    @classmethod
    def fit_notes(cls, pieces: Sequence[Notes], *, order: int, name: str = "markov") -> "MarkovEngine":
        """Learn from written pieces; their keys are estimated."""
        return cls([notes_events(piece) for piece in pieces], order, name)

    def draw_notes(self, conditioning: Conditioning, seed: int) -> Notes:
        """Return notes of whole bars that fill the seconds asked for; the same request and seed give the same notes."""
        fitted, bars = fit_to_length(conditioning)
        rng = np.random.default_rng([seed, 4])
        metre = metre_number(fitted.metre)
        chords = self._draw_chords(metre, bars, rng)
        notes: list[tuple[int, int, int, int]] = []
        for row in fitted.rows:
            notes += self._draw_row(ROWS.index(row), chords, metre, rng)
        row_, onset, duration, pitch = np.array(notes, np.int64).reshape(-1, 4).T
        velocity = np.full(len(row_), 80, np.int64)
        return events_notes(ordered_events(row_, onset, duration, pitch, velocity, chords, metre), fitted)

    def bits_by_bar(self, notes: Notes) -> np.ndarray:
        """Return (2, bars) float64: the bits each bar costs, its chords included, and the notes that begin in it."""
        return self.events_bits(notes_events(notes))

    def events_bits(self, events: Events) -> np.ndarray:
        """Return (2, bars) float64 as `bits_by_bar` does, for events."""
        result = np.zeros((2, events.bars))
        if len(events):
            rows = _row_examples(events, self.order)
            bits = (
                self.gaps.bits(rows.gap_facts, rows.history, rows.gap)
                + self.moves.bits(rows.move_facts, rows.history, rows.move)
                + self.durations.bits(rows.duration_facts, rows.history, rows.duration)
            )
            result[0] = np.bincount(rows.bar, bits, minlength=events.bars)
            result[1] = np.bincount(rows.bar, minlength=events.bars)
        facts, history, chord, beats, bar = _chord_examples(events, self.order)
        chord_bits = self.chord_changes.bits(facts, history, chord)
        lengths = self.chord_lengths.bits(np.column_stack([facts, chord]), history, beats)
        chord_bits[:-1] += lengths[:-1]  # how long the last chord would have stayed nobody knows
        result[0] += np.bincount(bar, chord_bits, minlength=events.bars)
        return result

    def _draw_chords(self, metre: int, bars: int, rng: np.random.Generator) -> np.ndarray:
        beats_per_bar = METRES[metre].patches
        drawn: list[int] = []
        history = np.full(self.order, _BEGINNING, np.int64)
        while len(drawn) < bars * beats_per_bar:
            facts = np.array([metre, len(drawn) % beats_per_bar], np.int64)
            chord = self.chord_changes.draw(facts, history, rng)
            beats = self.chord_lengths.draw(np.r_[facts, chord], history, rng)
            drawn += [chord] * max(beats, 1)
            history = np.r_[history[1:], chord * (_LONGEST_CHORD_BEATS + 1) + beats]
        chords = np.full((bars, PATCHES_PER_BAR), NO_CHORD, np.int64)
        chords[:, :beats_per_bar] = np.array(drawn[: bars * beats_per_bar]).reshape(bars, -1)
        return chords

    def _draw_row(
        self, row: int, chords: np.ndarray, metre: int, rng: np.random.Generator
    ) -> list[tuple[int, int, int, int]]:
        bar_steps = METRES[metre].bar_steps
        end = len(chords) * bar_steps
        history = np.full(self.order, _BEGINNING, np.int64)
        onset, pitch = 0, -1
        notes: list[tuple[int, int, int, int]] = []
        while row in self.rows:
            here = np.array([onset])
            gap = self.gaps.draw(_gap_facts(row, metre, here, bar_steps)[0], history, rng)
            onset += gap
            if onset >= end or len(notes) > end:
                break
            chord = chords[onset // bar_steps, onset % bar_steps // STEPS_PER_BEAT]
            now = (np.array([value]) for value in (gap, onset, pitch, chord))
            move = self.moves.draw(_move_facts(row, *now)[0], history, rng)
            facts = _duration_facts(row, np.array([onset]), np.array([gap]))[0]
            duration = self.durations.draw(facts, history, rng)
            pitch = _moved(row, pitch, move)
            notes.append((row, onset, max(duration, 1), pitch))
            history = np.r_[history[1:], _token(gap, move, duration)]
        return notes


def _gap_facts(row: int, metre: int, before: np.ndarray, bar_steps: int) -> np.ndarray:
    return _facts(len(before), row, metre, before % STEPS_PER_BEAT, before % bar_steps)


def _move_facts(
    row: int, gap: np.ndarray, onset: np.ndarray, pitch: np.ndarray, chord: np.ndarray
) -> np.ndarray:
    """What decides a pitch: where the last one stands in the chord that is now; of drums, the place in the beat."""
    if row == DRUMS:
        return _facts(len(gap), row, onset % STEPS_PER_BEAT, onset % (2 * STEPS_PER_BEAT), gap == 0, 0)
    degree = np.where(chord == NO_CHORD, 12, (pitch - chord) % 12)
    return _facts(len(gap), row, pitch < 0, gap == 0, degree, chord // 12)


def _duration_facts(row: int, onset: np.ndarray, gap: np.ndarray) -> np.ndarray:
    return _facts(len(gap), row, gap == 0, onset % STEPS_PER_BEAT, onset % (2 * STEPS_PER_BEAT))


def _facts(count: int, *columns: int | np.ndarray) -> np.ndarray:
    return np.column_stack([np.broadcast_to(np.asarray(column, np.int64), count) for column in columns])


def _token(gap: int, move: int, duration: int) -> int:
    return (gap * _ALPHABETS["move"] + move) * _ALPHABETS["duration"] + duration


def _moved(row: int, pitch: int, move: int) -> int:
    """Return the pitch after a move; what leaves the range comes back by an octave."""
    if row == DRUMS:
        return move
    from_here = pitch if pitch >= 0 else PITCHES // 2
    moved = move - _FIRST if move >= _FIRST else from_here + move - PITCHES
    return int(moved + 12 * ((max(-moved, 0) + 11) // 12) - 12 * ((max(moved - PITCHES + 1, 0) + 11) // 12))


def _row_examples(events: Events, order: int) -> _Examples:
    bar_steps = events.bar_steps
    parts = []
    for row in np.unique(events.row):
        mine = events.row == row
        onset, pitch = events.onset_steps[mine], events.pitch[mine]
        before, last = np.r_[0, onset[:-1]], np.r_[-1, pitch[:-1]]
        gap = np.minimum(onset - before, _LONGEST_GAP_STEPS)
        duration = np.where(row == DRUMS, 0, np.minimum(events.duration_steps[mine], _LONGEST_STEPS))
        chord = events.chords[onset // bar_steps, onset % bar_steps // STEPS_PER_BEAT]
        move = pitch if row == DRUMS else np.where(last < 0, _FIRST + pitch, pitch - last + PITCHES)
        token = (gap * _ALPHABETS["move"] + move) * _ALPHABETS["duration"] + duration
        parts.append(
            _Examples(
                gap, move, duration,
                _gap_facts(int(row), events.metre, before, bar_steps),
                _move_facts(int(row), gap, onset, last, chord),
                _duration_facts(int(row), onset, gap),
                _histories(token, order), onset // bar_steps,
            )
        )  # fmt: skip
    return _joined(parts)


def _chord_examples(
    events: Events, order: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return facts, histories, chords, lengths in beats and bars of the chords of a piece."""
    beats_per_bar = METRES[events.metre].patches
    by_beat = events.chords[:, :beats_per_bar].ravel()
    changes = np.flatnonzero(np.r_[True, by_beat[1:] != by_beat[:-1]])
    length = np.diff(np.r_[changes, len(by_beat)])
    # a chord that stays longer than is counted comes once more
    times = -(-length // _LONGEST_CHORD_BEATS)
    begin = np.repeat(changes, times) + _LONGEST_CHORD_BEATS * (
        np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    )
    beats = np.diff(np.r_[begin, len(by_beat)])
    chord = by_beat[begin]
    facts = np.column_stack([np.full(len(begin), events.metre), begin % beats_per_bar])
    history = _histories(chord * (_LONGEST_CHORD_BEATS + 1) + beats, order)
    return facts, history, chord, beats, begin // beats_per_bar


def _histories(token: np.ndarray, order: int) -> np.ndarray:
    """Return (tokens, order): the tokens before each, the latest last."""
    padded = np.r_[np.full(order, _BEGINNING), token].astype(np.int64)
    return np.lib.stride_tricks.sliding_window_view(padded, order)[: len(token)]


def _joined(parts: Sequence[_Examples]) -> _Examples:
    return _Examples(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _Examples.__dataclass_fields__)
    )
