"""Form: which section comes when, and how a piece ends."""

from dataclasses import dataclass, replace

import numpy as np

from generator.bars import MAJOR_TONIC, MINOR_TONIC
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

SECTION_BARS = 8

_PLANS = {
    1: ("A",),
    2: ("AA", "AB"),
    3: ("ABA", "AAB"),
    4: ("AABA", "ABAB"),
    5: ("AABAB", "ABABA"),
    6: ("AABABA", "ABACBA"),
    7: ("AABACBA", "ABACABA"),
    8: ("AABBACBA", "AABACABA"),
}


@dataclass(frozen=True)
class Section:
    """A section of up to eight bars: where it starts, how long it is, and which earlier section it brings back."""

    letter: str
    first_bar: int
    bars: int
    returns_to: int | None


def plan_form(bars: int, rng: np.random.Generator) -> tuple[Section, ...]:
    """Return sections that fill `bars`: song-like plans in which the first section comes back."""
    count = -(-bars // SECTION_BARS)
    letters = ""
    while len(letters) < count:
        left = min(count - len(letters), max(_PLANS))
        letters += str(rng.choice(_PLANS[left]))
    sections: list[Section] = []
    for number, letter in enumerate(letters):
        first = number * SECTION_BARS
        earlier = next((section.first_bar for section in sections if section.letter == letter), None)
        sections.append(Section(letter, first, min(SECTION_BARS, bars - first), earlier))
    return tuple(sections)


def tonic_chord(mode: str) -> int:
    """Return the chord number of the tonic triad in the key frame."""
    return MAJOR_TONIC if mode == "major" else 12 + MINOR_TONIC


def end_on_last_bar(notes: Notes) -> Notes:
    """Let the last bar be an ending: what starts on its first beat is held to the end, the rest is silent.

    Drums keep their first stroke. A row that rests on that beat simply ends before it.
    """
    bar_steps = notes.beats_per_bar * STEPS_PER_BEAT
    last = (notes.bars - 1) * bar_steps
    tracks = []
    for track in notes.tracks:
        before = track.onset_steps < last
        closing = (track.onset_steps >= last) & (track.onset_steps < last + STEPS_PER_BEAT // 2)
        keep = before | closing
        duration = track.duration_steps.copy()
        if not track.is_drums:
            duration[closing] = last + bar_steps - track.onset_steps[closing]
            over = before & (track.onset_steps + duration > last)
            duration[over] = last - track.onset_steps[over]
        tracks.append(_take(replace(track, duration_steps=np.maximum(duration, 1)), keep))
    return replace(notes, tracks=tuple(track for track in tracks if len(track.onset_steps)))


def _take(track: NoteTrack, keep: np.ndarray) -> NoteTrack:
    return replace(
        track,
        onset_steps=track.onset_steps[keep],
        duration_steps=track.duration_steps[keep],
        pitch=track.pitch[keep],
        velocity=track.velocity[keep],
    )
