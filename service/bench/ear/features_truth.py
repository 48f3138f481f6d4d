"""How near what was measured in audio comes to what is known of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

TEMPO_TOLERANCE = 0.04
OCTAVES = (1.0, 2.0, 0.5)
Z_95 = 1.959964

MINOR_BELOW_MAJOR = 3  # semitones from a major tonic down to its relative minor's


@dataclass(frozen=True)
class Share:
    """A share of `of` pieces, with its 95% interval; NaN of none."""

    right: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class TempoScore:
    """Pieces whose tempo lies within 4% of the true one, and within 4% of it, its half or its double."""

    exact: Share
    octave: Share


@dataclass(frozen=True)
class KeyScore:
    """Pieces whose key is the true one, the true one or its relative, and whose mode is right."""

    exact: Share
    relative: Share
    mode: Share


@dataclass(frozen=True)
class OnsetRateScore:
    """Pearson's correlation with its 95% interval, and the median of measured over true rates."""

    pieces: int
    correlation: float
    low: float
    high: float
    median_ratio: float


def wilson_interval(right: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share (E. B. Wilson, JASA 22, 1927); (NaN, NaN) of none.

    Raises ValueError where `right` is no number from 0 to `of`.
    """
    if not 0 <= right <= of:
        raise ValueError(f"{right} of {of} is no share.")
    if of == 0:
        return math.nan, math.nan
    share = right / of
    middle = (share + Z_95**2 / (2 * of)) / (1 + Z_95**2 / of)
    half = Z_95 / (1 + Z_95**2 / of) * math.sqrt(share * (1 - share) / of + Z_95**2 / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_of(right: np.ndarray) -> Share:
    """The share of True in `right` (pieces,)."""
    count = int(np.count_nonzero(right))
    return Share(
        count, right.size, count / right.size if right.size else math.nan, *wilson_interval(count, right.size)
    )


def tempo_is_right(measured_bpm: np.ndarray, true_bpm: np.ndarray, *, octaves: bool) -> np.ndarray:
    """Whether each tempo (pieces,) lies within 4% of the true one, with `octaves` also of its half or double."""
    ratio = np.asarray(measured_bpm, np.float64) / np.asarray(true_bpm, np.float64)
    factors = OCTAVES if octaves else OCTAVES[:1]
    return np.asarray(np.any([np.abs(ratio / factor - 1) <= TEMPO_TOLERANCE for factor in factors], axis=0))


def score_tempo(measured_bpm: np.ndarray, true_bpm: np.ndarray) -> TempoScore:
    """Both (pieces,), in beats a minute."""
    return TempoScore(
        *(share_of(tempo_is_right(measured_bpm, true_bpm, octaves=each)) for each in (False, True))
    )


def score_key(measured: Sequence[tuple[int, str]], true: Sequence[tuple[int, str]]) -> KeyScore:
    """Both are sequences of (tonic, mode), tonic 0 = C, mode "major" or "minor"; raises ValueError when lengths differ."""
    pairs = list(zip(measured, true, strict=True))
    return KeyScore(
        exact=share_of(np.array([found == key for found, key in pairs], bool)),
        relative=share_of(np.array([_signature(found) == _signature(key) for found, key in pairs], bool)),
        mode=share_of(np.array([found[1] == key[1] for found, key in pairs], bool)),
    )


def score_onset_rate(measured: np.ndarray, true: np.ndarray) -> OnsetRateScore:
    """Rates (pieces,) in onsets a second; NaN where fewer than four pieces leave no interval.

    The interval is Fisher's: the inverse hyperbolic tangent of a correlation is normal with variance 1 / (n - 3).
    """
    if measured.size < 4 or np.ptp(measured) == 0.0 or np.ptp(true) == 0.0:
        return OnsetRateScore(measured.size, math.nan, math.nan, math.nan, math.nan)
    correlation = float(np.corrcoef(measured, true)[0, 1])
    half = Z_95 / math.sqrt(measured.size - 3)
    middle = math.atanh(np.clip(correlation, -1 + 1e-12, 1 - 1e-12))
    ratio = float(np.median(measured / np.maximum(true, 1e-9)))
    return OnsetRateScore(
        measured.size, correlation, math.tanh(middle - half), math.tanh(middle + half), ratio
    )


def score_confidence(
    confidence: np.ndarray, right: np.ndarray, edges: Sequence[float]
) -> list[tuple[float, float, Share]]:
    """How many are right (pieces,) bool where the confidence (pieces,) lies between each two edges, the last included."""
    rows = []
    for place, (low, high) in enumerate(pairwise(edges)):
        is_last = place == len(edges) - 2
        inside = (confidence >= low) & ((confidence <= high) if is_last else (confidence < high))
        rows.append((low, high, share_of(right[inside])))
    return rows


def _signature(key: tuple[int, str]) -> int:
    """The tonic of the major key that has the same notes."""
    tonic, mode = key
    return (tonic + (MINOR_BELOW_MAJOR if mode == "minor" else 0)) % 12
