"""What must hold before anybody is asked to listen: written whole, of its own, as asked, and sounding throughout."""

from dataclasses import dataclass, field

import numpy as np

from generator.conditioning import Conditioning
from generator.copying.guard import PassageFilter
from generator.notes import Notes
from generator.screening.notes import (
    NoteLimits,
    faults_of_notes,
    faults_of_request,
    measure_ending,
    measure_notes,
)
from generator.screening.sound import SoundLimits, faults_of_sound, measure_sound


@dataclass(frozen=True)
class Thresholds:
    """The lines between music and a fault."""

    notes: NoteLimits = field(default_factory=NoteLimits)
    sound: SoundLimits = field(default_factory=SoundLimits)
    length_tolerance_seconds: float = 2.0


@dataclass(frozen=True)
class Screening:
    """The verdict: `failures` holds a sentence for each fault, `measurements` what was measured, fit for JSON.

    Measurements name their units; loudness of silence is written as `screening_sound.QUIETEST_MEASURE`.
    """

    passed: bool
    failures: tuple[str, ...]
    measurements: dict[str, float]


def screen(
    notes: Notes,
    samples: np.ndarray,
    sample_rate: int,
    asked: Conditioning,
    guard: PassageFilter,
    *,
    thresholds: Thresholds | None = None,
) -> Screening:
    """Judge one mastered piece: its `notes` and its `samples` (2, time), against what was asked and what was learnt from.

    Raises ValueError for another shape than (2, time).
    """
    if samples.ndim != 2 or samples.shape[0] != 2:
        raise ValueError(f"screening needs stereo samples (2, time), got shape {samples.shape}")
    limits = thresholds or Thresholds()
    written = screen_notes(notes, asked, guard, limits.notes)
    measured, failures = dict(written.measurements), list(written.failures)
    measured["duration_seconds"] = samples.shape[1] / sample_rate
    if abs(measured["duration_seconds"] - asked.seconds) > limits.length_tolerance_seconds:
        failures.append(f"lasts {measured['duration_seconds']:.1f} s where {asked.seconds:.1f} s were asked")
    if not np.isfinite(samples).all():
        failures.append("holds samples that are not numbers")
    elif samples.shape[1] == 0:
        failures.append("holds no sound at all")
    else:
        measured.update(measure_sound(samples, sample_rate, limits.sound))
        failures.extend(faults_of_sound(measured, limits.sound))
    return Screening(not failures, tuple(failures), measured)


def screen_notes(
    notes: Notes, asked: Conditioning, guard: PassageFilter, limits: NoteLimits | None = None
) -> Screening:
    """Judge a piece before it is played: what can be told from its notes alone, in some milliseconds."""
    limits = limits or NoteLimits()
    ending = measure_ending(notes, asked.key)
    repeated = guard.repeated(notes)
    measured = {**measure_notes(notes), **ending, "rows": float(len(asked.rows))}
    for stream, found in repeated.items():
        measured[f"repeated_{stream}_beats"] = found.longest_beats
        measured[f"repeated_{stream}_share"] = found.share
    failures = [
        *faults_of_notes(measured, limits),
        *faults_of_request(notes, asked, ending, limits),
        *guard.faults(repeated, notes.bars),
    ]
    return Screening(not failures, tuple(failures), measured)
