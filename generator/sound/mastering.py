"""One loudness for every piece, and no peak that a player or an encoder would clip."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from generator.sound.loudness import integrated_lufs, peak_envelope, to_db, weighted_energy
from generator.sound.room import between_frames, high_pass

LOUDNESS_TOLERANCE_LU = 0.5
"""How far a master may lie from its target, for music that the limiter can bring there (see `LARGEST_LIMITING_DB`)."""

LARGEST_LIMITING_DB = 10.0
"""Peaks are never turned down further: beyond that a piece stays below the target rather than be crushed."""

LOOKAHEAD_FRAMES = 5
"""Milliseconds over which the limiter's gain moves before and after a peak."""

RELEASE_DB_PER_FRAME = 0.04

HEADROOM_DB = 0.3
"""Kept under the ceiling: fourfold oversampling misses up to .2 dB of very bright sounds, as does a moving gain."""

FADE_IN_SECONDS = 0.005


@dataclass(frozen=True)
class Mastered:
    """Finished sound: `samples` (2, time) float32, integrated loudness (LUFS), true peak (dB of full scale)."""

    samples: np.ndarray
    loudness_lufs: float
    true_peak_db: float


def master(
    samples: np.ndarray,
    sample_rate: int,
    *,
    target_lufs: float = -14.0,
    true_peak_ceiling_db: float = -1.0,
    seconds: float | None = None,
    fade_out_seconds: float = 1.0,
) -> Mastered:
    """Return `samples` (2, time) at `target_lufs`, limited to `true_peak_ceiling_db`, without offset, faded out.

    `seconds` fixes the length: longer sound is faded and cut, shorter sound is followed by silence. Loudness (ITU-R
    BS.1770-4) is met within `LOUDNESS_TOLERANCE_LU` unless limiting would exceed `LARGEST_LIMITING_DB`; silence stays
    silence. Raises ValueError for another shape than (2, time) and for samples that are not numbers.
    """
    if samples.ndim != 2 or samples.shape[0] != 2:
        raise ValueError(f"mastering needs stereo samples (2, time), got shape {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError("mastering needs finite samples: some are infinite or not a number")
    sound = high_pass(np.asarray(samples, dtype=np.float32), sample_rate, 20.0)
    sound = _fit(sound, sample_rate, seconds, fade_out_seconds)
    energy = weighted_energy(sound, sample_rate)
    loudness = integrated_lufs(energy)
    if not np.isfinite(loudness):
        return Mastered(sound, loudness, to_db(float(np.abs(sound).max(initial=0.0))))
    peaks_db = 20.0 * np.log10(np.maximum(peak_envelope(sound, sample_rate), 1e-10))
    ceiling_db = true_peak_ceiling_db - HEADROOM_DB
    gain_db = _gain_to_target(energy, peaks_db, target_lufs, ceiling_db)
    curve_db = gain_db + _limiting_db(peaks_db + gain_db, ceiling_db)
    sound = _apply(sound, sample_rate, curve_db)
    peak_db = to_db(float(peak_envelope(sound, sample_rate).max()))
    if peak_db > true_peak_ceiling_db:
        sound = sound * np.float32(10.0 ** ((true_peak_ceiling_db - peak_db) / 20.0))
        peak_db = true_peak_ceiling_db
    return Mastered(sound, integrated_lufs(weighted_energy(sound, sample_rate)), peak_db)


def _fit(sound: np.ndarray, sample_rate: int, seconds: float | None, fade_out_seconds: float) -> np.ndarray:
    length = sound.shape[1] if seconds is None else round(seconds * sample_rate)
    fitted = np.zeros((2, length), dtype=np.float32)
    kept = min(length, sound.shape[1])
    fitted[:, :kept] = sound[:, :kept]
    fade_in = min(round(FADE_IN_SECONDS * sample_rate), kept)
    fitted[:, :fade_in] *= np.linspace(0.0, 1.0, fade_in, dtype=np.float32)
    fade_out = min(round(fade_out_seconds * sample_rate), kept)
    if fade_out:
        ramp = np.cos(np.linspace(0.0, np.pi / 2.0, fade_out)) ** 2
        fitted[:, kept - fade_out : kept] *= ramp.astype(np.float32)
    return fitted


def _gain_to_target(energy: np.ndarray, peaks_db: np.ndarray, target_lufs: float, ceiling_db: float) -> float:
    """Return the gain before the limiter (dB) with which the limited sound meets the target.

    The limiter's gain is slow against the weighting filter, so its effect on loudness is that of scaling each
    millisecond's energy: the search needs no further pass over the samples.
    """
    largest_db = ceiling_db - float(peaks_db.max()) + LARGEST_LIMITING_DB
    gain_db = min(target_lufs - integrated_lufs(energy), largest_db)
    for _ in range(6):
        curve_db = gain_db + _limiting_db(peaks_db + gain_db, ceiling_db)[: len(energy)]
        missing = target_lufs - integrated_lufs(energy * 10.0 ** (curve_db / 10.0))
        if abs(missing) < 0.02:
            break
        gain_db = min(gain_db + missing, largest_db)
    return gain_db


def _limiting_db(peaks_db: np.ndarray, ceiling_db: float) -> np.ndarray:
    """Return the limiter's gain (frames,) in dB, at most 0, low enough for every frame and its neighbours.

    Each peak holds its gain over the look-ahead on both sides, the gain recovers at a constant rate, and the whole is
    smoothed over a window no wider than what was held: so it is never above what a frame needs.
    """
    needed = np.minimum(ceiling_db - peaks_db, 0.0)
    held = ndimage.minimum_filter1d(needed, 2 * (LOOKAHEAD_FRAMES + 1) + 1, mode="nearest")
    ramp = RELEASE_DB_PER_FRAME * np.arange(len(held))
    released = np.minimum(np.minimum.accumulate(held - ramp) + ramp, 0.0)
    window = np.hanning(2 * LOOKAHEAD_FRAMES + 3)[1:-1]
    return np.asarray(ndimage.convolve1d(released, window / window.sum(), mode="nearest"))


def _apply(sound: np.ndarray, sample_rate: int, curve_db: np.ndarray) -> np.ndarray:
    """Return `sound` under a gain given once a millisecond, with straight lines between the frames' middles."""
    gain = between_frames(10.0 ** (curve_db / 20.0), sample_rate // 1000, sound.shape[1])
    return np.asarray(sound * gain)
