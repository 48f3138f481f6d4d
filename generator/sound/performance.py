"""From the grid to a player's hands: small, musical deviations of time and touch."""

from dataclasses import dataclass

import numpy as np

from generator.arranging.swing import is_swung, with_swing
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

FINAL_HOLD_SECONDS = 0.9
"""How long the notes that still sound at the last bar line are held beyond it."""

PHRASE_BARS = 4

COURSE_VELOCITY, HEIGHT_OF_COURSE = 5.0, 0.7
"""A piece grows towards seven tenths of its length and gives way after that, by so much in velocity."""

VELOCITY_PER_SEMITONE, LARGEST_MELODIC_ACCENT = 0.5, 6.0
"""Higher notes of a tune are played louder (A. Friberg, "Generative rules for music performance", CMJ 15, 1991: high loud)."""

RITARDANDO_BARS, LARGEST_RITARDANDO_SECONDS, RITARDANDO_SHARE_OF_BAR = 2, 0.35, 0.15
"""How long before the last bar line a band without drums begins to slow, and by how much its last chord comes late."""

PEDALLED_PROGRAMS = range(6)
PEDAL_FROM_COVERAGE = 0.6
"""A piano is pedalled where its notes fill their time anyway; who plays detached keeps the foot away."""


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
    """Return the tracks of `notes` as a band would play them, reproducibly for a given `rng`.

    Swung where the notes swing; where a piece without drums ends on a held chord, that chord comes a little late.
    """
    lateness = _ritardando(notes)
    swings = is_swung(notes)
    return tuple(_play_track(notes, track, swings, lateness, rng) for track in notes.tracks)


def _play_track(
    notes: Notes, track: NoteTrack, swings: bool, lateness: np.ndarray, rng: np.random.Generator
) -> PlayedTrack:
    touch = TOUCHES[track.row]
    seconds_per_step = 60.0 / (notes.tempo_bpm * STEPS_PER_BEAT)
    onset_steps = np.asarray(track.onset_steps, dtype=np.int64)
    end_steps = onset_steps + np.asarray(_pedalled(track, notes.beats_per_bar), dtype=np.int64)
    pitch = np.asarray(track.pitch, dtype=np.int16)
    # Notes of one chord share their deviation: the ear hears a ragged chord as a mistake, a late chord as feeling.
    moments, moment_of_note = np.unique(onset_steps, return_inverse=True)
    shift = touch.lag_seconds + _drift(moments * seconds_per_step, touch.drift_seconds, rng)
    shift = shift + rng.normal(0.0, touch.jitter_seconds, len(moments))
    shift = np.clip(shift, -0.025, 0.03)
    onset, end = (
        (with_swing(steps, notes.tempo_bpm) if swings else steps) * seconds_per_step
        + lateness[np.minimum(steps, len(lateness) - 1)]
        for steps in (onset_steps, end_steps)
    )
    start = onset + shift[moment_of_note]
    start = np.maximum(start + _strum(moment_of_note, pitch, touch.strum_seconds), 0.0)
    end = np.maximum(end + shift[moment_of_note], start + 0.02)
    if not track.is_drums:
        rings_on = end_steps >= notes.bars * notes.beats_per_bar * STEPS_PER_BEAT
        end = np.where(rings_on, end + FINAL_HOLD_SECONDS, end)
    velocity = track.velocity + _accents(onset_steps, notes.beats_per_bar)
    velocity = velocity + _swell(onset_steps, notes.beats_per_bar, touch.swell)
    velocity = velocity + _course(onset_steps, notes.bars * notes.beats_per_bar * STEPS_PER_BEAT)
    if track.row == "lead":
        velocity = velocity + _melodic_accents(pitch)
    velocity = velocity + rng.normal(0.0, touch.velocity_jitter, len(moments))[moment_of_note]
    return PlayedTrack(
        row=track.row,
        program=track.program,
        start_seconds=start,
        end_seconds=end,
        pitch=pitch,
        velocity=np.clip(np.rint(velocity), 1, 127).astype(np.int16),
    )


def _ritardando(notes: Notes) -> np.ndarray:
    """Return how late each step of the piece is played (steps + 1,), in seconds; its length in bars does not change."""
    bar_steps = notes.beats_per_bar * STEPS_PER_BEAT
    steps = notes.bars * bar_steps
    last = steps - bar_steps
    ends = [track.onset_steps[track.onset_steps >= last] for track in notes.tracks]
    is_ending = any(len(end) for end in ends) and all(
        (end < last + STEPS_PER_BEAT // 2).all() for end in ends
    )
    has_drums = any(track.is_drums and len(track.onset_steps) for track in notes.tracks)
    if not is_ending or has_drums or notes.bars <= RITARDANDO_BARS:
        return np.zeros(steps + 1)
    bar_seconds = notes.beats_per_bar * 60.0 / notes.tempo_bpm
    latest = min(LARGEST_RITARDANDO_SECONDS, RITARDANDO_SHARE_OF_BAR * bar_seconds)
    place = (np.arange(steps + 1) - last + RITARDANDO_BARS * bar_steps) / (RITARDANDO_BARS * bar_steps)
    return np.asarray(latest * np.clip(place, 0.0, 1.0) ** 2)


def _pedalled(track: NoteTrack, beats_per_bar: int) -> np.ndarray:
    """Return how long notes sound (notes,), in steps: an accompanying piano's until the pedal is lifted, twice in a bar of four."""
    duration = np.asarray(track.duration_steps)
    if track.row == "lead" or track.program not in PEDALLED_PROGRAMS or not len(duration):
        return duration
    moments = np.unique(track.onset_steps)
    until_next = np.diff(moments, append=moments[-1] + STEPS_PER_BEAT)
    longest = np.zeros(len(moments))
    np.maximum.at(longest, np.searchsorted(moments, track.onset_steps), duration)
    if (np.minimum(longest, until_next).sum() / until_next.sum()) < PEDAL_FROM_COVERAGE:
        return duration
    foot = (beats_per_bar // 2 if beats_per_bar % 2 == 0 else beats_per_bar) * STEPS_PER_BEAT
    lifted = (track.onset_steps // foot + 1) * foot
    return np.asarray(np.maximum(duration, lifted - track.onset_steps))


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


def _course(onset_steps: np.ndarray, steps: int) -> np.ndarray:
    """Return the velocity that a place in the whole piece adds, from minus to plus `COURSE_VELOCITY`."""
    knots = [0.0, HEIGHT_OF_COURSE, 1.0]
    return np.interp(onset_steps / steps, knots, [-COURSE_VELOCITY, COURSE_VELOCITY, 0.0])


def _melodic_accents(pitch: np.ndarray) -> np.ndarray:
    """Return the velocity that a tune's height adds, zero on average."""
    if not len(pitch):
        return np.zeros(0)
    accent = VELOCITY_PER_SEMITONE * (pitch - pitch.mean())
    return np.asarray(np.clip(accent, -LARGEST_MELODIC_ACCENT, LARGEST_MELODIC_ACCENT))
