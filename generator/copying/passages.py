"""Passages: runs of eight steps of a tune or of its chords, as keys that transposition does not change.

A tune is told by its intervals and by the time between its onsets, chords by the movement of their roots, their qualities
and how long they last; neither knows the key. Only these two are compared: accompaniments and drum patterns are
everybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from generator.bars import METRES
from generator.chords import NO_CHORD, find_chords
from generator.dataset import BarDataset
from generator.notes import ROWS, STEPS_PER_BEAT, Notes

GRAM_STEPS = 8
"""Steps in a passage: eight intervals are nine notes, eight movements nine chords."""

STREAMS = ("tune", "chords")
_TUNE_ROWS = ("lead", "comp", "pad")
_LONGEST_STEPS = 16 * STEPS_PER_BEAT
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Passages:
    """All passages of one stream, in order of time, piece after piece.

    `keys` (passages,) uint64; `piece` (passages,) int64, the piece's number; `start_steps` and `end_steps` (passages,)
    int64: onset of the first and of the last note or chord, counted from the piece's beginning.
    """

    keys: np.ndarray
    piece: np.ndarray
    start_steps: np.ndarray
    end_steps: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, chosen: np.ndarray | slice) -> "Passages":
        """Return the passages chosen by a mask, by indices or by a slice."""
        return Passages(*(column[chosen] for column in vars(self).values()))


def passages_of(notes: Notes) -> dict[str, Passages]:
    """Return the passages of a piece by stream: of its lead (or else its comp or pad, highest notes) and its chords."""
    by_row = {track.row: track for track in notes.tracks if len(track.onset_steps)}
    tune = next((by_row[row] for row in _TUNE_ROWS if row in by_row), None)
    chords, nothing = _chords(notes), np.zeros(0, np.int64)
    onset, pitch = (nothing, nothing) if tune is None else (tune.onset_steps, tune.pitch)
    return {
        "tune": _tune_passages(
            onset.astype(np.int64), pitch.astype(np.int64), np.zeros(len(onset), np.int64)
        ),
        "chords": _chord_passages(chords, np.arange(len(chords)), np.zeros(len(chords), np.int64)),
    }


def _chords(notes: Notes) -> np.ndarray:
    """Return the chord of every beat, none where nothing but drums plays."""
    pitched = [track for track in notes.tracks if not track.is_drums and len(track.onset_steps)]
    if not pitched:
        return np.zeros(0, np.int64)
    onset, duration, pitch = (
        np.concatenate([getattr(track, name) for track in pitched]).astype(np.int64)
        for name in ("onset_steps", "duration_steps", "pitch")
    )
    beats = notes.bars * notes.beats_per_bar
    return find_chords(onset, duration, pitch, beats, notes.beats_per_bar).astype(np.int64)


def corpus_passages(dataset: BarDataset) -> Mapping[str, Passages]:
    """Return the passages of all pieces of a corpus by stream; `piece` is the piece's number in the dataset."""
    metre = dataset.piece_metre[dataset.bar_piece]
    bar_steps = np.array([one.bar_steps for one in METRES])[metre]
    piece_starts = dataset.piece_first_bar[dataset.bar_piece]
    bar_onset = (np.arange(len(metre)) - piece_starts) * bar_steps
    plays = dataset.piece_programs[:, [ROWS.index(row) for row in _TUNE_ROWS]] >= 0
    tune_row = np.where(plays.any(1), plays.argmax(1), -1)
    segment_piece = dataset.bar_piece[dataset.segment_bar]
    chosen = dataset.segment_is_onset & (dataset.segment_row == tune_row[segment_piece])
    bar = dataset.segment_bar[chosen]
    patches = bar_steps // STEPS_PER_BEAT
    inside = np.arange(dataset.bar_chords.shape[1])[None] < patches[:, None]
    first_beat = bar_onset // STEPS_PER_BEAT
    beats = first_beat[:, None] + np.arange(dataset.bar_chords.shape[1])[None]
    return {
        "tune": _tune_passages(
            bar_onset[bar] + dataset.segment_step[chosen],
            dataset.segment_pitch[chosen].astype(np.int64),
            segment_piece[chosen].astype(np.int64),
        ),
        "chords": _chord_passages(
            dataset.bar_chords[inside].astype(np.int64),
            beats[inside],
            np.repeat(dataset.bar_piece.astype(np.int64), patches),
        ),
    }


def _tune_passages(onset: np.ndarray, pitch: np.ndarray, piece: np.ndarray) -> Passages:
    order = np.lexsort((-pitch, onset, piece))
    onset, pitch, piece = onset[order], pitch[order], piece[order]
    # of notes struck together the highest is the tune
    top = np.r_[True, (piece[1:] != piece[:-1]) | (onset[1:] != onset[:-1])] if len(piece) else []
    onset, pitch, piece = onset[top], pitch[top], piece[top]
    wait = np.minimum(np.diff(onset), _LONGEST_STEPS)
    symbols = (np.diff(pitch) + 128) * 256 + wait
    return _passages(symbols, onset, piece, STREAMS.index("tune"))


def _chord_passages(chords: np.ndarray, beat: np.ndarray, piece: np.ndarray) -> Passages:
    """Take the chord of every beat; a rest counts as a chord whose root moves nowhere."""
    changes = np.r_[True, (chords[1:] != chords[:-1]) | (piece[1:] != piece[:-1])] if len(chords) else []
    chords, onset, piece = chords[changes], beat[changes] * STEPS_PER_BEAT, piece[changes]
    rests = chords == NO_CHORD
    movement = np.where(rests[1:] | rests[:-1], 12, np.diff(chords) % 12)
    wait = np.minimum(np.diff(onset), _LONGEST_STEPS)
    symbols = (movement * 16 + chords[:-1] // 12) * 256 + wait
    return _passages(symbols, onset, piece, STREAMS.index("chords"))


def _passages(symbols: np.ndarray, onset: np.ndarray, piece: np.ndarray, stream: int) -> Passages:
    count = max(len(symbols) - GRAM_STEPS + 1, 0)
    last = np.arange(count) + GRAM_STEPS
    keys = np.full(count, stream + 1, np.uint64)
    for step in range(GRAM_STEPS):
        keys = mixed(keys ^ symbols[step : step + count].astype(np.uint64))
    whole = piece[:count] == piece[last]
    return Passages(keys[whole], piece[:count][whole], onset[:count][whole], onset[last][whole])


def mixed(keys: np.ndarray) -> np.ndarray:
    """Return keys (n,) uint64 with every bit spread over all others: the finaliser of SplitMix64 (Steele et al. 2014)."""
    keys = keys * _MIX + _MIX
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(keys ^ (keys >> np.uint64(31)))
