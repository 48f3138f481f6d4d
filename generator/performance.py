"""From the grid to a player's hands: small, musical deviations of time and touch."""

from dataclasses import dataclass

import numpy as np

from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

FINAL_HOLD_SECONDS = 0.9
"""How long the notes that still sound at the last bar line are held beyond it."""

PHRASE_BARS = 4


@dataclass(frozen=True)
class Touch:
    """How one row is played.

    `jitter_seconds` is the standard deviation of single onsets, `drift_seconds` that of the slow wandering around the
    beat, `lag_seconds` how far behind the beat the row sits, `strum_seconds` the spread of a chord from low to high,
    `swell` the rise of velocity towards the middle of a phrase.
    """

    jitter_seconds: float
    drift_seconds: float
    lag_seconds: float
    strum_seconds: float
    velocity_jitter: float
    swell: float


# Deviations of skilled ensembles lie between 5 and 20 ms, the rhythm section's below the soloist's
# (Rasch, "Synchronization in performed ensemble music", Acustica 43, 1979).
TOUCHES = {
    "lead": Touch(0.006, 0.007, 0.004, 0.000, 4.0, 9.0),
    "comp": Touch(0.004, 0.004, 0.002, 0.009, 4.0, 5.0),
    "pad": Touch(0.005, 0.006, 0.000, 0.012, 3.0, 6.0),
    "bass": Touch(0.003, 0.003, 0.001, 0.000, 3.0, 3.0),
    "drums": Touch(0.0015, 0.001, 0.000, 0.000, 5.0, 2.0),
}


@dataclass(frozen=True)
class PlayedTrack:
    """One row in seconds: `start_seconds`, `end_seconds` (notes,) float64, `pitch`, `velocity` (notes,) int16."""

    row: str
    program: int
    start_seconds: np.ndarray
    end_seconds: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray


def play(notes: Notes, rng: np.random.Generator) -> tuple[PlayedTrack, ...]:
    """Return the tracks of `notes` as a band would play them, reproducibly for a given `rng`."""
    return tuple(_play_track(notes, track, rng) for track in notes.tracks)


def _play_track(notes: Notes, track: NoteTrack, rng: np.random.Generator) -> PlayedTrack:
    touch = TOUCHES[track.row]
    seconds_per_step = 60.0 / (notes.tempo_bpm * STEPS_PER_BEAT)
    onset_steps = np.asarray(track.onset_steps, dtype=np.int64)
    end_steps = onset_steps + np.asarray(track.duration_steps, dtype=np.int64)
    pitch = np.asarray(track.pitch, dtype=np.int16)
    # Notes of one chord share their deviation: the ear hears a ragged chord as a mistake, a late chord as feeling.
    moments, moment_of_note = np.unique(onset_steps, return_inverse=True)
    shift = touch.lag_seconds + _drift(moments * seconds_per_step, touch.drift_seconds, rng)
    shift = shift + rng.normal(0.0, touch.jitter_seconds, len(moments))
    shift = np.clip(shift, -0.025, 0.03)
    start = onset_steps * seconds_per_step + shift[moment_of_note]
    start = np.maximum(start + _strum(moment_of_note, pitch, touch.strum_seconds), 0.0)
    end = np.maximum(end_steps * seconds_per_step + shift[moment_of_note], start + 0.02)
    if not track.is_drums:
        rings_on = end_steps >= notes.bars * notes.beats_per_bar * STEPS_PER_BEAT
        end = np.where(rings_on, end + FINAL_HOLD_SECONDS, end)
    velocity = track.velocity + _accents(onset_steps, notes.beats_per_bar)
    velocity = velocity + _swell(onset_steps, notes.beats_per_bar, touch.swell)
    velocity = velocity + rng.normal(0.0, touch.velocity_jitter, len(moments))[moment_of_note]
    return PlayedTrack(
        row=track.row,
        program=track.program,
        start_seconds=start,
        end_seconds=end,
        pitch=pitch,
        velocity=np.clip(np.rint(velocity), 1, 127).astype(np.int16),
    )


def _drift(moment_seconds: np.ndarray, drift_seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Return a slow wandering at each moment: noise drawn once every two seconds, with straight lines between."""
    if len(moment_seconds) == 0:
        return np.zeros(0)
    knots = np.arange(0.0, moment_seconds[-1] + 4.0, 2.0)
    wandering = np.interp(moment_seconds, knots, rng.normal(0.0, drift_seconds, len(knots)))
    return np.asarray(wandering)


def _strum(moment_of_note: np.ndarray, pitch: np.ndarray, strum_seconds: float) -> np.ndarray:
    """Return each note's delay within its chord, 0 for the lowest and `strum_seconds` for the highest note."""
    delay = np.zeros(len(pitch))
    if strum_seconds == 0.0 or len(pitch) == 0:
        return delay
    order = np.lexsort((pitch, moment_of_note))
    chords = moment_of_note[order]
    first = np.r_[True, chords[1:] != chords[:-1]]
    begins = np.flatnonzero(first)
    sizes = np.diff(np.r_[begins, len(order)])
    rank = np.arange(len(order)) - np.repeat(begins, sizes)
    delay[order] = strum_seconds * rank / np.maximum(np.repeat(sizes, sizes) - 1, 1)
    return delay


def _accents(onset_steps: np.ndarray, beats_per_bar: int) -> np.ndarray:
    """Return the velocity that a note's place in the bar adds: downbeat, middle of the bar, beat, off the beat."""
    step = onset_steps % (beats_per_bar * STEPS_PER_BEAT)
    accent = np.where(step % STEPS_PER_BEAT == 0, 1.0, -3.0)
    middle = (beats_per_bar // 2) * STEPS_PER_BEAT
    accent = np.where((step == middle) & (beats_per_bar % 2 == 0), 3.0, accent)
    return np.where(step == 0, 6.0, accent)


def _swell(onset_steps: np.ndarray, beats_per_bar: int, swell: float) -> np.ndarray:
    """Return the velocity that the phrase's arch adds, zero on average."""
    phrase_steps = PHRASE_BARS * beats_per_bar * STEPS_PER_BEAT
    place = (onset_steps % phrase_steps) / phrase_steps
    return swell * (np.sin(np.pi * place) - 2.0 / np.pi)
