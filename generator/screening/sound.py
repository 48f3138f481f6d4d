"""What must hold of the finished sound: that it is there throughout, is not distorted, and rings out."""

from dataclasses import dataclass

import numpy as np

from generator.screening.notes import longest_run
from generator.sound.loudness import integrated_lufs, loudness_range_lu, peak_envelope, to_db, weighted_energy

QUIETEST_MEASURE = -200.0
"""Stands for minus infinity, which JSON cannot write."""

_END_SECONDS = 0.02


@dataclass(frozen=True)
class SoundLimits:
    """The lines between music and a fault in its sound.

    Silence is 100 ms under `silence_db` (mean square, dB of full scale): 50 dB under a mastered piece, where no room
    tail is heard any more. Three seconds are a long pause in slow music and longer than the ring of a last chord. A run of
    four samples at full scale is heard as a click. Sound that is louder than `loudest_end_db` in its last 20 ms is heard to
    be cut off: that is 26 dB under a mastered piece.
    """

    silence_db: float = -64.0
    longest_gap_seconds: float = 3.0
    largest_silence_share: float = 0.2
    full_scale: float = 0.999
    longest_clipped_run: int = 3
    loudest_end_db: float = -40.0


def measure_sound(samples: np.ndarray, sample_rate: int, limits: SoundLimits) -> dict[str, float]:
    """Return what is measured in mastered `samples` (2, time), at least one long; names carry their units."""
    energy = weighted_energy(samples.astype(np.float32, copy=False), sample_rate)
    frame = sample_rate // 10
    frames = max(samples.shape[1] // frame, 1)
    level = np.square(samples[:, : frames * frame]).mean(axis=0)
    level = np.array([part.mean() for part in np.array_split(level, frames)])
    silent = level < 10.0 ** (limits.silence_db / 10.0)
    end = samples[:, -max(round(_END_SECONDS * sample_rate), 1) :]
    return {
        "loudness_lufs": max(integrated_lufs(energy), QUIETEST_MEASURE),
        "loudness_range_lu": loudness_range_lu(energy),
        "true_peak_db": to_db(float(peak_envelope(samples, sample_rate).max())),
        "silence_share": float(silent.mean()),
        "longest_gap_seconds": longest_run(silent) * samples.shape[1] / sample_rate / frames,
        "longest_clipped_run": float(max(longest_run(np.abs(row) >= limits.full_scale) for row in samples)),
        "stereo_correlation": _stereo_correlation(samples),
        "end_level_db": max(to_db(float(np.sqrt(np.square(end).mean()))), QUIETEST_MEASURE),
    }


def faults_of_sound(measured: dict[str, float], limits: SoundLimits) -> list[str]:
    """Return a sentence for each fault that `measure_sound` shows."""
    faults = []
    if measured["longest_gap_seconds"] > limits.longest_gap_seconds:
        faults.append(f"is silent for {measured['longest_gap_seconds']:.1f} s in a row")
    if measured["silence_share"] > limits.largest_silence_share:
        faults.append(f"is silent for {measured['silence_share']:.0%} of its time")
    if measured["longest_clipped_run"] > limits.longest_clipped_run:
        faults.append(f"clips: {measured['longest_clipped_run']:.0f} samples in a row at full scale")
    if measured["end_level_db"] > limits.loudest_end_db:
        faults.append("is cut off while it sounds")
    return faults


def _stereo_correlation(samples: np.ndarray) -> float:
    """Return the correlation of left and right: 1 is mono, 0 unrelated; 1 for silence."""
    left, right = samples - samples.mean(axis=1, keepdims=True)
    scale = float(np.sqrt(np.square(left).sum() * np.square(right).sum()))
    return float((left * right).sum() / scale) if scale > 0 else 1.0
