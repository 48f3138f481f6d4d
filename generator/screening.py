"""What must hold before anybody is asked to listen: sound throughout, whole, as long as asked, and not broken."""

from dataclasses import dataclass

import numpy as np

from generator.loudness import integrated_lufs, loudness_range_lu, peak_envelope, to_db, weighted_energy
from generator.notes import STEPS_PER_BEAT, Notes

QUIETEST_MEASURE = -200.0
"""Stands for minus infinity, which JSON cannot write."""


@dataclass(frozen=True)
class Thresholds:
    """The lines between music and a fault.

    Silence is 100 ms under `silence_db` (mean square, dB of full scale): 50 dB under a mastered piece, where no room
    tail is heard any more. Three seconds are a long pause in slow music and longer than the ring of a last chord. A run of
    four samples at full scale is heard as a click. Half a note a beat is below what the sparsest tenth of written
    pieces has; sixteen beats are four bars, longer than any written note that is not a drone.
    """

    silence_db: float = -64.0
    longest_gap_seconds: float = 3.0
    largest_silence_share: float = 0.2
    full_scale: float = 0.999
    longest_clipped_run: int = 3
    length_tolerance_seconds: float = 2.0
    fewest_notes_per_bar: float = 2.0
    smallest_share_of_rows_sounding: float = 0.5
    longest_note_beats: float = 16.0


@dataclass(frozen=True)
class Screening:
    """The verdict: `failures` holds a sentence for each fault, `measurements` what was measured, fit for JSON.

    Measurements name their units; loudness of silence is written as `QUIETEST_MEASURE`.
    """

    passed: bool
    failures: tuple[str, ...]
    measurements: dict[str, float]


def screen(
    notes: Notes,
    samples: np.ndarray,
    sample_rate: int,
    *,
    requested_seconds: float,
    thresholds: Thresholds | None = None,
) -> Screening:
    """Judge one mastered piece: its `notes` and its `samples` (2, time).

    Raises ValueError for another shape than (2, time).
    """
    if samples.ndim != 2 or samples.shape[0] != 2:
        raise ValueError(f"screening needs stereo samples (2, time), got shape {samples.shape}")
    limits = thresholds or Thresholds()
    measured = _measure_notes(notes)
    measured["duration_seconds"] = samples.shape[1] / sample_rate
    failures = _faults_of_notes(measured, limits)
    off_seconds = abs(measured["duration_seconds"] - requested_seconds)
    if off_seconds > limits.length_tolerance_seconds:
        failures.append(
            f"lasts {measured['duration_seconds']:.1f} s where {requested_seconds:.1f} s were asked"
        )
    if not np.isfinite(samples).all():
        failures.append("holds samples that are not numbers")
    elif samples.shape[1] == 0:
        failures.append("holds no sound at all")
    else:
        measured.update(_measure_sound(samples, sample_rate, limits))
        failures.extend(_faults_of_sound(measured, limits))
    return Screening(not failures, tuple(failures), measured)


def _measure_notes(notes: Notes) -> dict[str, float]:
    sounding = [track for track in notes.tracks if len(track.onset_steps)]
    longest_steps = max((int(track.duration_steps.max()) for track in sounding), default=0)
    return {
        "notes": float(notes.note_count),
        "notes_per_bar": notes.note_count / max(notes.bars, 1),
        "rows": float(len(notes.tracks)),
        "rows_sounding": float(len(sounding)),
        "pitched_rows_sounding": float(sum(not track.is_drums for track in sounding)),
        "longest_note_beats": longest_steps / STEPS_PER_BEAT,
    }


def _measure_sound(samples: np.ndarray, sample_rate: int, limits: Thresholds) -> dict[str, float]:
    energy = weighted_energy(samples.astype(np.float32, copy=False), sample_rate)
    frame = sample_rate // 10
    frames = max(samples.shape[1] // frame, 1)
    level = np.square(samples[:, : frames * frame]).mean(axis=0)
    level = np.array([part.mean() for part in np.array_split(level, frames)])
    silent = level < 10.0 ** (limits.silence_db / 10.0)
    return {
        "loudness_lufs": max(integrated_lufs(energy), QUIETEST_MEASURE),
        "loudness_range_lu": loudness_range_lu(energy),
        "true_peak_db": to_db(float(peak_envelope(samples, sample_rate).max())),
        "silence_share": float(silent.mean()),
        "longest_gap_seconds": longest_run(silent) * samples.shape[1] / sample_rate / frames,
        "longest_clipped_run": float(max(longest_run(np.abs(row) >= limits.full_scale) for row in samples)),
        "stereo_correlation": _stereo_correlation(samples),
    }


def _faults_of_notes(measured: dict[str, float], limits: Thresholds) -> list[str]:
    faults = []
    if measured["notes_per_bar"] < limits.fewest_notes_per_bar:
        faults.append(f"is nearly empty: {measured['notes_per_bar']:.1f} notes a bar")
    share_sounding = measured["rows_sounding"] / max(measured["rows"], 1.0)
    if measured["pitched_rows_sounding"] == 0 or share_sounding < limits.smallest_share_of_rows_sounding:
        faults.append(f"leaves rows silent: {measured['rows_sounding']:.0f} of {measured['rows']:.0f} play")
    if measured["longest_note_beats"] > limits.longest_note_beats:
        faults.append(f"holds a note for {measured['longest_note_beats']:.0f} beats")
    return faults


def _faults_of_sound(measured: dict[str, float], limits: Thresholds) -> list[str]:
    faults = []
    if measured["longest_gap_seconds"] > limits.longest_gap_seconds:
        faults.append(f"is silent for {measured['longest_gap_seconds']:.1f} s in a row")
    if measured["silence_share"] > limits.largest_silence_share:
        faults.append(f"is silent for {measured['silence_share']:.0%} of its time")
    if measured["longest_clipped_run"] > limits.longest_clipped_run:
        faults.append(f"clips: {measured['longest_clipped_run']:.0f} samples in a row at full scale")
    return faults


def longest_run(flags: np.ndarray) -> int:
    """Return the length of the longest unbroken run of true values in `flags` (n,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _stereo_correlation(samples: np.ndarray) -> float:
    """Return the correlation of left and right: 1 is mono, 0 unrelated; 1 for silence."""
    left, right = samples - samples.mean(axis=1, keepdims=True)
    scale = float(np.sqrt(np.square(left).sum() * np.square(right).sum()))
    return float((left * right).sum() / scale) if scale > 0 else 1.0
