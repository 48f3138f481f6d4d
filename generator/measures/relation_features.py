"""Features of rows together: harmony, and how each two rows agree in rhythm, pitch and motion.

Agreement is given twice, between bars that sound together and between bars that do not: two rows of one piece agree more
where they belong together, two rows of two pieces agree everywhere alike.
"""

import numpy as np

from generator.chords import NO_CHORD, beat_chroma
from generator.measures.line_features import Line, top_line_of
from generator.notes import STEPS_PER_BEAT

_SLOT_STEPS = 3


def harmony_features(chords: np.ndarray, tonic: int, beats_per_bar: int) -> dict[str, float]:
    """Chord changes and their places, qualities, root motions, degrees; `chords` (beats,), whole bars."""
    changes = np.diff(chords) != 0
    place = np.arange(1, len(chords)) % beats_per_bar
    path = chords[np.r_[True, changes]]
    path = path[path != NO_CHORD]
    motion = np.diff(path % 12) % 12
    sounding = chords[chords != NO_CHORD]
    by_bar = chords.reshape(-1, beats_per_bar)
    alike = (by_bar[:, None] == by_bar[None]).mean(2)
    bars = len(by_bar)
    found = {
        "changes": _share(changes),
        "changes on the bar": _share(changes[place == 0]),
        "changes inside": _share(changes[place != 0]),
        "chords": len(np.unique(sounding)) / max(bars, 1),
        "no chord": _share(chords == NO_CHORD),
        "bars of one chord": _share((by_bar == by_bar[:, :1]).all(1)),
    }
    for lag in (1, 2, 4, 8):
        found[f"chords alike at {lag}"] = float(np.diagonal(alike, lag).mean()) if lag < bars else 0.0
    for quality in range(NO_CHORD // 12):
        found[f"quality {quality}"] = _share(sounding // 12 == quality)
    for semitones in range(12):
        found[f"root moves {semitones}"] = _share(motion == semitones)
        found[f"root degree {semitones}"] = _share((sounding - tonic) % 12 == semitones)
    return found


class HeardLine:
    """A line with what its relations to other lines are read from."""

    def __init__(self, line: Line) -> None:
        beats = line.bars * line.steps // STEPS_PER_BEAT
        chroma, _ = beat_chroma(line.onset, line.duration, line.pitch, beats)
        self.line = line
        self.chroma = _unit(chroma)
        self.bar_chroma = _unit(chroma.reshape(line.bars, -1, 12).sum(1))
        self.struck = line.onsets_by_bar()
        self.top = np.zeros(line.bars * line.steps // _SLOT_STEPS, np.int64)
        self.sounding = np.zeros((len(self.top), 12), np.float32)
        self._sound()

    def _sound(self) -> None:
        first = self.line.onset // _SLOT_STEPS
        last = (self.line.onset + self.line.duration - 1) // _SLOT_STEPS
        for start, end, pitch in zip(first, last, self.line.pitch, strict=True):
            self.sounding[start : end + 1, pitch % 12] = 1.0
            np.maximum(self.top[start : end + 1], pitch, out=self.top[start : end + 1])


def pair_features(one: HeardLine, other: HeardLine) -> dict[str, float]:
    """How two pitched rows agree; the first is the higher one in `ROWS`' order."""
    found = rhythm_agreement(one.line, other.line, one.struck, other.struck)
    beats = np.einsum("bp,bp->b", one.chroma, other.chroma)
    both = (one.chroma.any(1)) & (other.chroma.any(1))
    bars = one.bar_chroma @ other.bar_chroma.T
    apart = ~np.eye(len(bars), dtype=bool)
    lagged = [
        np.einsum("bp,bp->b", one.chroma, np.roll(other.chroma, lag, axis=0)).mean() for lag in (4, 12, 20)
    ]
    found |= {
        "chroma agreement": float(beats[both].mean()) if both.any() else 0.0,
        "chroma agreement, low tenth": float(np.quantile(beats[both], 0.1)) if both.any() else 0.0,
        "chroma agreement, gain": float(beats.mean() - np.mean(lagged)),
        "bar chroma agreement": float(np.diagonal(bars).mean()),
        "bar chroma agreement, gain": float(np.diagonal(bars).mean() - bars[apart].mean())
        if apart.any()
        else 0.0,
    }
    weight = one.sounding.sum(1) @ other.sounding.sum(1)
    for interval in range(12):
        together = (one.sounding * np.roll(other.sounding, interval, axis=1)).sum()
        found[f"interval {interval}"] = float(together / max(weight, 1.0))
    heard = (one.top > 0) & (other.top > 0)
    gap = (one.top - other.top)[heard]
    found |= {
        "sound together": float(heard.mean()),
        "crossing": _share(gap < 0),
        "unison": _share(gap == 0),
        "octaves": _share((np.abs(gap) % 12 == 0) & (gap != 0)),
        "rubbing": _share(np.isin(np.abs(gap), (1, 13))),
        "distance": float(gap.mean()) / 12 if len(gap) else 0.0,
    }
    return found | _motion(one.line, other.line)


def rhythm_agreement(
    one: Line, other: Line, struck: np.ndarray, other_struck: np.ndarray
) -> dict[str, float]:
    """How the onsets of two rows agree, (bars, steps) each, in bars together and bars apart."""
    alike = 2 * (struck @ other_struck.T) / np.maximum(struck.sum(1)[:, None] + other_struck.sum(1)[None], 1)
    apart = ~np.eye(len(alike), dtype=bool)
    count, other_count = struck.sum(1), other_struck.sum(1)
    varied = count.std() > 0 and other_count.std() > 0
    at_once = (struck * other_struck).sum()
    return {
        "onsets together": float(np.diagonal(alike).mean()),
        "onsets together, gain": float(np.diagonal(alike).mean() - alike[apart].mean())
        if apart.any()
        else 0.0,
        "first with second": float(at_once / max(struck.sum(), 1)),
        "second with first": float(at_once / max(other_struck.sum(), 1)),
        "density together": float(np.corrcoef(count, other_count)[0, 1]) if varied else 0.0,
        "rest together": float(((count == 0) & (other_count == 0)).mean()),
        "busier": float(np.log((1 + len(one.onset)) / (1 + len(other.onset)))),
    }


def _motion(one: Line, other: Line) -> dict[str, float]:
    onset, top = top_line_of(one)
    other_onset, other_top = top_line_of(other)
    _, mine, theirs = np.intersect1d(onset, other_onset, return_indices=True)
    moves, other_moves = np.diff(top[mine]), np.diff(other_top[theirs])
    moving = (moves != 0) & (other_moves != 0)
    return {
        "parallel": _share(moving & (moves == other_moves)),
        "same way": _share(moving & (moves * other_moves > 0)),
        "contrary": _share(moving & (moves * other_moves < 0)),
    }


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if flags.size else 0.0
