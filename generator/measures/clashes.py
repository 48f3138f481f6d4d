"""Clashes: what sounds wrong together, counted in notes.

Three faults that a listener hears at once and that real music makes now and then: semitones rubbing between two rows on a
strong beat, a tune that leaps away from a note foreign to its chord, and a bass beside the chord. Chords are those of
`generator.chords`, found from the same notes.
"""

from dataclasses import dataclass

import numpy as np

from generator.chords import NO_CHORD, chord_tones, find_chords
from generator.measures.excerpts import bar_steps
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

LONG_STEPS = STEPS_PER_BEAT // 2
"""Half a beat: what is shorter passes by unheard."""

LARGEST_STEP_SEMITONES = 2
_RUBBING_SEMITONES = (1, 13)

_IS_CHORD_TONE = np.array(
    [[pitch_class in chord_tones(chord) for pitch_class in range(12)] for chord in range(NO_CHORD)]
    + [[True] * 12]
)


@dataclass(frozen=True)
class Clashes:
    """Notes at fault: `rubbing` a minor second or ninth with another row, `leaping` away in the lead, `off_chord` in the
    bass; `notes` is how many pitched notes there are.
    """

    rubbing: int
    leaping: int
    off_chord: int
    notes: int

    @property
    def per_100_notes(self) -> float:
        """All faults for each hundred pitched notes, 0 where there are none."""
        return 100.0 * (self.rubbing + self.leaping + self.off_chord) / max(self.notes, 1)


def clashes_per_100_notes(notes: Notes) -> float:
    """Return the clashes of all kinds for each hundred pitched notes."""
    return find_clashes(notes).per_100_notes


def find_clashes(notes: Notes) -> Clashes:
    """Count the clashes of a piece of one bar or more."""
    pitched = [track for track in notes.tracks if not track.is_drums and len(track.onset_steps)]
    chords = piece_chords(notes)
    by_row = {track.row: track for track in pitched}
    return Clashes(
        rubbing=_rubbing(pitched, bar_steps(notes)),
        leaping=_leaping(by_row["lead"], chords) if "lead" in by_row else 0,
        off_chord=_off_chord(by_row["bass"], chords, bar_steps(notes)) if "bass" in by_row else 0,
        notes=sum(len(track.onset_steps) for track in pitched),
    )


def piece_chords(notes: Notes) -> np.ndarray:
    """Return the chord number of each beat (bars * beats,), `NO_CHORD` where nothing pitched sounds."""
    beats = notes.bars * notes.beats_per_bar
    pitched = [track for track in notes.tracks if not track.is_drums and len(track.onset_steps)]
    if not pitched:
        return np.full(beats, NO_CHORD, np.int16)
    return find_chords(
        np.concatenate([track.onset_steps for track in pitched]).astype(np.int64),
        np.concatenate([track.duration_steps for track in pitched]).astype(np.int64),
        np.concatenate([track.pitch for track in pitched]).astype(np.int64),
        beats,
        notes.beats_per_bar,
    )


def is_chord_tone(pitch: np.ndarray, onset_steps: np.ndarray, chords: np.ndarray) -> np.ndarray:
    """Return whether pitches (notes,) belong to the chord of the beat they begin on (notes,); silence allows all."""
    beat = np.minimum(onset_steps // STEPS_PER_BEAT, len(chords) - 1)
    return np.asarray(_IS_CHORD_TONE[np.minimum(chords[beat], NO_CHORD), pitch % 12])


def strong_steps(steps_per_bar: int) -> tuple[int, ...]:
    """Return the strong steps of a bar: its first beat, and its middle where it has four beats."""
    return (0, steps_per_bar // 2) if steps_per_bar % (4 * STEPS_PER_BEAT) == 0 else (0,)


def covers_strong_step(start: np.ndarray, end: np.ndarray, steps_per_bar: int) -> np.ndarray:
    """Return whether spans of steps from `start` up to `end` hold a strong step; shapes as given."""
    covered = np.zeros(np.broadcast(start, end).shape, bool)
    for strong in strong_steps(steps_per_bar):
        nearest = start + (strong - start) % steps_per_bar
        covered |= nearest < end
    return covered


def _rubbing(tracks: list[NoteTrack], steps_per_bar: int) -> int:
    """Count notes that rub against one of another row which began earlier, or with them in a row further up."""
    if len(tracks) < 2:
        return 0
    row = np.concatenate([np.full(len(track.onset_steps), number) for number, track in enumerate(tracks)])
    start = np.concatenate([track.onset_steps for track in tracks]).astype(np.int64)
    end = start + np.concatenate([track.duration_steps for track in tracks])
    pitch = np.concatenate([track.pitch for track in tracks]).astype(np.int64)
    order = np.lexsort((row, start))
    row, start, end, pitch = row[order], start[order], end[order], pitch[order]
    later, earlier = np.nonzero(
        np.isin(np.abs(pitch[:, None] - pitch[None]), _RUBBING_SEMITONES) & (row[:, None] != row[None])
    )
    later, earlier = later[later > earlier], earlier[later > earlier]
    together, apart = start[later], np.minimum(end[later], end[earlier])
    clash = (apart - together >= LONG_STEPS) & covers_strong_step(together, apart, steps_per_bar)
    return len(np.unique(later[clash]))


def _leaping(lead: NoteTrack, chords: np.ndarray) -> int:
    onset, pitch = top_line(lead)
    foreign = ~is_chord_tone(pitch, onset, chords)[:-1]
    return int((foreign & (np.abs(np.diff(pitch)) > LARGEST_STEP_SEMITONES)).sum())


def top_line(track: NoteTrack) -> tuple[np.ndarray, np.ndarray]:
    """Return onsets and pitches (moments,) int64 of the highest note of each moment at which the track strikes."""
    order = np.lexsort((-track.pitch, track.onset_steps))
    onset, pitch = track.onset_steps[order].astype(np.int64), track.pitch[order].astype(np.int64)
    first = np.r_[True, onset[1:] != onset[:-1]] if len(onset) else np.zeros(0, bool)
    return onset[first], pitch[first]


def _off_chord(bass: NoteTrack, chords: np.ndarray, steps_per_bar: int) -> int:
    long = bass.duration_steps >= LONG_STEPS
    strong = np.isin(bass.onset_steps % steps_per_bar, strong_steps(steps_per_bar))
    return int((long & strong & ~is_chord_tone(bass.pitch, bass.onset_steps, chords)).sum())
