"""Features of one row by itself: when it strikes, how long it holds, where it moves, what of it comes back."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from generator.chords import NO_CHORD
from generator.measures.clashes import is_chord_tone, strong_steps
from generator.notes import STEPS_PER_BEAT

_COMMON_DURATIONS = (3, 4, 6, 8, 9, 12, 18, 24, 36, 48)
_LAGS_BARS = (1, 2, 4, 8)
_WITHIN_BEAT = {"beat": (0,), "half": (6,), "sixteenth": (3, 9), "triplet": (4, 8), "sextuplet": (2, 10)}
_LEAP_EDGES = (-99, -12, -7, -4, -2, 0, 1, 3, 5, 8, 13, 99)


@dataclass(frozen=True)
class Line:
    """A row's notes by onset, all int64 (notes,), in a window of `bars` bars of `steps` steps."""

    onset: np.ndarray
    duration: np.ndarray
    pitch: np.ndarray
    bars: int
    steps: int

    def onsets_by_bar(self) -> np.ndarray:
        """Return (bars, steps) float32: 1 where the row strikes."""
        struck = np.zeros((self.bars, self.steps), np.float32)
        struck[self.onset // self.steps, self.onset % self.steps] = 1.0
        return struck

    def notes_by_bar(self) -> np.ndarray:
        """Return (bars, sixteenths * 12) float32: 1 where the row strikes a pitch class in a sixteenth."""
        slot = self.onset % self.steps // 3
        struck = np.zeros((self.bars, (self.steps // 3) * 12), np.float32)
        struck[self.onset // self.steps, slot * 12 + self.pitch % 12] = 1.0
        return struck


def rhythm_features(line: Line) -> dict[str, float]:
    """Density and its variation, places in beat and bar, waits, durations, rests; all zero for a row that rests."""
    moments = np.unique(line.onset)
    per_bar = np.bincount(moments // line.steps, minlength=line.bars).astype(np.float64)
    within_beat, beat = moments % STEPS_PER_BEAT, moments % line.steps // STEPS_PER_BEAT
    waits = np.diff(moments)
    struck = line.onsets_by_bar()
    half = line.bars // 2
    found = {
        "onsets a bar": np.log1p(per_bar.mean()),
        "notes an onset": len(line.onset) / max(len(moments), 1),
        "onsets a bar, variation": _variation(per_bar),
        "onsets a bar, change": np.abs(np.diff(per_bar)).mean() / (1 + per_bar.mean())
        if line.bars > 1
        else 0.0,
        "resting bars": (per_bar == 0).mean(),
        "later half busier": np.log((1 + per_bar[half:].mean()) / (1 + per_bar[:half].mean()))
        if half
        else 0.0,
        "place entropy": _entropy(np.bincount(moments % line.steps, minlength=line.steps)),
        "beat entropy": _entropy(np.bincount(beat, minlength=4)),
        "on the first beat": _share(moments % line.steps == 0),
        "bars that start": struck[:, 0].mean(),
        "wait, mean": np.log(waits.mean()) if len(waits) else 0.0,
        "wait, variation": _variation(waits),
        "wait entropy": _entropy(np.bincount(np.minimum(waits, 48))) if len(waits) else 0.0,
        "commonest wait": np.bincount(np.minimum(waits, 48)).max() / len(waits) if len(waits) else 0.0,
        "same wait again": _share(np.diff(waits) == 0),
        "odd waits": _share(~np.isin(waits % 12, (0, 3, 4, 6, 8, 9))),
        "rhythms": len(np.unique(struck, axis=0)) / line.bars,
    }
    for name, places in _WITHIN_BEAT.items():
        found[f"on {name}"] = _share(np.isin(within_beat, places))
    found["off the grid"] = _share(~np.isin(within_beat, (0, 2, 3, 4, 6, 8, 9, 10)))
    return found | _duration_features(line) | _lag_features("rhythm", struck)


def _duration_features(line: Line) -> dict[str, float]:
    moments, first = np.unique(line.onset, return_index=True)
    waits = np.diff(np.append(moments, line.bars * line.steps))
    filled = line.duration[first] / np.maximum(waits, 1)
    sounding = np.zeros(line.bars * line.steps + 1)
    np.add.at(sounding, line.onset, 1)
    np.add.at(sounding, np.minimum(line.onset + line.duration, line.bars * line.steps), -1)
    voices = np.cumsum(sounding)[:-1]
    found = {
        "duration, mean": np.log(line.duration.mean()) if len(line.duration) else 0.0,
        "duration, variation": _variation(np.log(np.maximum(line.duration, 1))),
        "duration entropy": _entropy(np.bincount(np.minimum(line.duration, 96)))
        if len(line.duration)
        else 0.0,
        "durations of a step or two": _share(line.duration <= 2),
        "odd durations": _share(~np.isin(line.duration % 12, (0, 3, 4, 6, 8, 9))),
        "legato": _share((filled > 0.9) & (filled < 1.1)),
        "overlapping": _share(filled > 1.1),
        "detached": _share(filled < 0.5),
        "over the bar": _share(line.onset % line.steps + line.duration > line.steps),
        "silence": float((voices == 0).mean()),
        "voices": float(voices.mean()),
        "voices, variation": float(voices[voices > 0].std()) if (voices > 0).any() else 0.0,
        "ends apart": _ends_apart(line),
    }
    for steps in _COMMON_DURATIONS:
        found[f"duration {steps}"] = _share(line.duration == steps)
    return found


def _ends_apart(line: Line) -> float:
    """Share of neighbouring notes struck together that are not released together."""
    together = np.diff(line.onset) == 0
    return _share(np.diff(line.duration)[together] != 0)


def pitch_features(line: Line, chords: np.ndarray, tonic: int) -> dict[str, float]:
    """Register, intervals of the top line, relation to key and chord; `chords` (beats,), `tonic` of the major key."""
    onset, top = top_line_of(line)
    leaps = np.diff(top)
    tones = is_chord_tone(line.pitch, line.onset, chords)
    strong = np.isin(line.onset % line.steps, strong_steps(line.steps))
    top_tones = is_chord_tone(top, onset, chords)
    found = {
        "pitch, mean": line.pitch.mean() / 12 if len(line.pitch) else 0.0,
        "pitch, deviation": line.pitch.std() / 12 if len(line.pitch) else 0.0,
        "top, deviation": top.std() / 12 if len(top) else 0.0,
        "range": np.ptp(line.pitch) / 12 if len(line.pitch) else 0.0,
        "pitches": np.log1p(len(np.unique(line.pitch))),
        "pitches an onset": len(np.unique(top)) / max(len(top), 1),
        "pitch entropy": _entropy(np.bincount(line.pitch % 12, minlength=12)),
        "leap, mean": np.abs(leaps).mean() if len(leaps) else 0.0,
        "leap entropy": _entropy(np.bincount(np.clip(leaps + 15, 0, 30))) if len(leaps) else 0.0,
        "turns": _share(np.sign(leaps[1:]) * np.sign(leaps[:-1]) < 0),
        "leap after leap": _share((np.abs(leaps[1:]) > 4) & (np.abs(leaps[:-1]) > 4)),
        "step back after leap": _share(
            (np.abs(leaps[:-1]) > 4) & (np.abs(leaps[1:]) <= 2) & (leaps[1:] * leaps[:-1] < 0)
        ),
        "same leap again": _share(leaps[1:] == leaps[:-1]),
        "chord tones": _share(tones),
        "chord tones when strong": _share(tones[strong]),
        "chord tones when long": _share(tones[line.duration >= STEPS_PER_BEAT]),
        "foreign left by leap": _share(~top_tones[:-1] & (np.abs(leaps) > 2)),
        "foreign come to by leap": _share(~top_tones[1:] & (np.abs(leaps) > 2)),
        "in key": _share(np.isin((line.pitch - tonic) % 12, (0, 2, 4, 5, 7, 9, 11))),
    }
    for low, high in pairwise(_LEAP_EDGES):
        found[f"leap {low}..{high - 1}"] = _share((leaps >= low) & (leaps < high))
    chord = chords[np.minimum(line.onset // STEPS_PER_BEAT, len(chords) - 1)]
    on_chord = chord != NO_CHORD
    degrees = np.bincount((line.pitch - chord)[on_chord] % 12, minlength=12) / max(int(on_chord.sum()), 1)
    scale = np.bincount((line.pitch - tonic) % 12, minlength=12) / max(len(line.pitch), 1)
    found |= {f"chord degree {degree}": share for degree, share in enumerate(degrees)}
    found |= {f"scale degree {degree}": share for degree, share in enumerate(scale)}
    return found | _stack_features(line) | _lag_features("notes", line.notes_by_bar())


def _stack_features(line: Line) -> dict[str, float]:
    """What is struck together within the row: neighbouring voices' intervals and the chords' spread."""
    order = np.lexsort((line.pitch, line.onset))
    onset, pitch = line.onset[order], line.pitch[order]
    gaps = np.diff(pitch)[np.diff(onset) == 0]
    edges = ((0, 1), (1, 2), (2, 3), (3, 5), (5, 8), (8, 12), (12, 13), (13, 99))
    return {f"stacked {low}..{high - 1}": _share((gaps >= low) & (gaps < high)) for low, high in edges}


def drum_features(line: Line) -> dict[str, float]:
    """What a kit does: the share and places of kick, snare and hats, and other drums; pitches are General MIDI keys."""
    keys = {
        "kick": (35, 36),
        "snare": (38, 40),
        "closed hat": (42, 44),
        "open hat": (46,),
        "ride": (51, 53, 59),
    }
    keys |= {"crash": (49, 52, 55, 57), "toms": (41, 43, 45, 47, 48, 50), "stick": (37, 39)}
    found: dict[str, float] = {"drums at once": len(line.onset) / max(len(np.unique(line.onset)), 1)}
    for name, chosen in keys.items():
        mine = np.isin(line.pitch, chosen)
        onset = line.onset[mine]
        place = np.bincount(onset % line.steps // 3, minlength=16)[:16]
        found[f"{name} share"] = _share(mine)
        found[f"{name} a bar, variation"] = _variation(
            np.bincount(onset // line.steps, minlength=line.bars).astype(np.float64)
        )
        found[f"{name} on beats"] = _share(onset % STEPS_PER_BEAT == 0)
        found[f"{name} on backbeats"] = _share(onset % line.steps // STEPS_PER_BEAT % 2 == 1)
        found[f"{name} place entropy"] = _entropy(place)
        found[f"{name} at bar start"] = len(np.unique(onset[onset % line.steps == 0])) / line.bars
    return found | _lag_features("notes", line.notes_by_bar())


def top_line_of(line: Line) -> tuple[np.ndarray, np.ndarray]:
    """As `clashes.top_line`, for a line."""
    order = np.lexsort((-line.pitch, line.onset))
    onset, pitch = line.onset[order], line.pitch[order]
    first = np.r_[True, onset[1:] != onset[:-1]] if len(onset) else np.zeros(0, bool)
    return onset[first], pitch[first]


def _lag_features(name: str, by_bar: np.ndarray) -> dict[str, float]:
    """How alike bars are at some lags and in general (Dice), and how many are different; sets (bars, places)."""
    bars, size = len(by_bar), by_bar.sum(1)
    alike = 2 * (by_bar @ by_bar.T) / np.maximum(size[:, None] + size[None], 1)
    found = {
        f"{name} alike at {lag}": float(np.diagonal(alike, lag).mean()) if lag < bars else 0.0
        for lag in _LAGS_BARS
    }
    apart = alike[~np.eye(bars, dtype=bool)] if bars > 1 else np.zeros(1)
    found[f"{name} alike"] = float(apart.mean())
    found[f"{name} alike at most"] = float(np.where(np.eye(bars, dtype=bool), 0, alike).max(1).mean())
    found[f"{name} repeated"] = float((np.where(np.eye(bars, dtype=bool), 0, alike).max(1) > 0.99).mean())
    return found


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if flags.size else 0.0


def _variation(values: np.ndarray) -> float:
    """Deviation over mean, of one added to keep it finite."""
    return float(values.std() / (1 + np.abs(values.mean()))) if len(values) else 0.0


def _entropy(counts: np.ndarray) -> float:
    """Bits of a histogram, 0 for an empty one."""
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return float(-(shares * np.log2(shares)).sum())
