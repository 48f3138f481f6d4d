"""Form: which section comes when, and how a piece ends."""

from dataclasses import dataclass, replace

import numpy as np

from generator.bars import MAJOR_TONIC, MINOR_TONIC
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

SECTION_BARS = 8

_PLANS = {
    1: ("A",),
    2: ("AB", "AB", "AA"),
    3: ("ABA", "ABA", "AAB"),
    4: ("ABAB", "ABAC", "AABA"),
    5: ("ABABA", "ABACA", "AABAB"),
    6: ("ABABCA", "ABACBA", "AABABA"),
    7: ("ABABCAB", "ABACABA", "AABACBA"),
    8: ("ABABCABA", "ABACABCA", "AABACABA"),
}
"""One in three begins by repeating its section: of real pieces a third of the chords are the same eight bars later."""


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


def end_on_last_bar(notes: Notes, tonic: int, mode: str) -> Notes:
    """Let the last bar be an ending on the tonic (0 = C): one stroke on its first beat, held to the end.

    What a row starts on that beat is held, the bass on the root; a row that rests there moves from what it played last to the
    nearest tones of the tonic triad, the bass to the nearest root. Drums keep their first stroke.
    """
    bar_steps = notes.beats_per_bar * STEPS_PER_BEAT
    last = (notes.bars - 1) * bar_steps
    triad = (tonic, tonic + (4 if mode == "major" else 3), tonic + 7)
    tracks = []
    for track in notes.tracks:
        before = track.onset_steps < last
        closing = (track.onset_steps >= last) & (track.onset_steps < last + STEPS_PER_BEAT // 2)
        if track.is_drums:
            tracks.append(track.take(before | closing))
            continue
        duration = np.where(closing, last + bar_steps - track.onset_steps, track.duration_steps)
        duration = np.where(before, np.minimum(duration, last - track.onset_steps), duration).astype(np.int32)
        ended = replace(track, duration_steps=duration)
        if track.row == "bass":
            rooted = [_nearest(int(pitch), triad[:1]) for pitch in track.pitch]
            ended = replace(ended, pitch=np.where(closing, rooted, track.pitch).astype(np.int16))
        ended = ended.take(before | closing)
        if not closing.any() and len(ended.onset_steps):
            ended = _resolved(ended, last, bar_steps, triad[:1] if track.row == "bass" else triad)
        tracks.append(ended)
    return replace(notes, tracks=tuple(track for track in tracks if len(track.onset_steps)))


def _resolved(track: NoteTrack, onset: int, duration: int, tones: tuple[int, ...]) -> NoteTrack:
    """Return the track with its last notes struck once more at `onset`, each moved to the nearest of the tones."""
    struck = track.onset_steps == track.onset_steps[-1]
    nearest = sorted({_nearest(int(pitch), tones) for pitch in track.pitch[struck]})
    count = len(nearest)
    return replace(
        track,
        onset_steps=np.append(track.onset_steps, np.full(count, onset, np.int32)),
        duration_steps=np.append(track.duration_steps, np.full(count, duration, np.int32)),
        pitch=np.append(track.pitch, np.array(nearest, np.int16)),
        velocity=np.append(track.velocity, np.full(count, track.velocity[struck].max(), np.int16)),
    )


def _nearest(pitch: int, tones: tuple[int, ...]) -> int:
    wanted = {tone % 12 for tone in tones}
    return min(
        (pitch + step for step in range(-6, 7) if (pitch + step) % 12 in wanted),
        key=lambda one: abs(one - pitch),
    )
