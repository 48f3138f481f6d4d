"""What must hold of the written notes: that there are enough, that they move, and that they end.

The limits were chosen on real music: of 2,107 sixteen-bar windows of works held back from training (two a piece, drum takes
left out) .5% are at fault in each of rest, notes a bar, clashes, and notes that are stuck in the lead or everywhere, and
less in each other; 97.8% of them pass all. Only the ending is stricter than the corpus, where 91% of the pieces sound
their tonic in the last bar and 79% mostly their tonic chord: there keys are estimated, and loops are not meant to end.
"""

from dataclasses import dataclass, field

import numpy as np

from generator.conditioning import Conditioning
from generator.copying.passages import mixed
from generator.measures.clashes import clashes_per_100_notes
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack

_TONIC_CHORD = (0, 3, 4, 7)
"""Semitones over the tonic; a piece in minor may end in major."""


@dataclass(frozen=True)
class NoteLimits:
    """The lines between music and a fault in its notes; beats are quarter notes.

    Half a note a beat is below what the sparsest of written pieces have. A lead that holds one note for more than three
    bars, or strikes nothing else for six, is stuck; accompaniments may hold theirs for four bars and repeat them for
    eight, pads and basses for sixteen (a drone), as long as something moves beside them.
    """

    fewest_notes_per_bar: float = 2.0
    longest_rest_beats: float = 6.0
    longest_unchanged_beats: float = 12.0
    most_clashes_per_100_notes: float = 16.0
    smallest_share_of_tonic_chord_at_end: float = 0.5
    must_end: bool = True
    longest_note_beats: dict[str, float] = field(
        default_factory=lambda: {"lead": 12.0, "comp": 16.0, "pad": 16.0, "bass": 16.0}
    )
    longest_repeat_beats: dict[str, float] = field(
        default_factory=lambda: {"lead": 24.0, "comp": 32.0, "pad": 64.0, "bass": 64.0}
    )


def measure_notes(notes: Notes) -> dict[str, float]:
    """Return what is measured in written notes, whoever asked for them; names carry their units, values fit JSON."""
    sounding = [track for track in notes.tracks if len(track.onset_steps)]
    pitched = [track for track in sounding if not track.is_drums]
    measured = {
        "notes": float(notes.note_count),
        "notes_per_bar": notes.note_count / max(notes.bars, 1),
        "rows_sounding": float(len(sounding)),
        "pitched_rows_sounding": float(len(pitched)),
        "longest_rest_beats": _longest_rest_beats(notes),
        "longest_unchanged_beats": _longest_unchanged_beats(notes, pitched) if pitched else 0.0,
        "clashes_per_100_notes": clashes_per_100_notes(notes) if pitched else 0.0,
    }
    for track in pitched:
        measured[f"longest_note_beats_{track.row}"] = float(track.duration_steps.max()) / STEPS_PER_BEAT
        measured[f"longest_repeat_beats_{track.row}"] = _longest_repeat_beats(track)
    return measured


def measure_ending(notes: Notes, tonic: int) -> dict[str, float]:
    """Return whether the tonic (0 = C) sounds in the last bar, and the share of its pitched notes in the tonic chord.

    Both are 0 where nothing pitched sounds there.
    """
    last = (notes.bars - 1) * notes.beats_per_bar * STEPS_PER_BEAT
    over_tonic = np.concatenate(
        [
            (track.pitch[track.onset_steps + track.duration_steps > last].astype(np.int64) - tonic) % 12
            for track in notes.tracks
            if not track.is_drums
        ]
        or [np.zeros(0, np.int64)]
    )
    return {
        "ends_on_tonic": float((over_tonic == 0).any()),
        "share_of_tonic_chord_at_end": float(np.isin(over_tonic, _TONIC_CHORD).mean())
        if len(over_tonic)
        else 0.0,
    }


def faults_of_notes(measured: dict[str, float], limits: NoteLimits) -> list[str]:
    """Return a sentence for each fault that `measure_notes` shows."""
    faults = []
    if measured["notes_per_bar"] < limits.fewest_notes_per_bar:
        faults.append(f"is nearly empty: {measured['notes_per_bar']:.1f} notes a bar")
    if measured["longest_rest_beats"] > limits.longest_rest_beats:
        faults.append(f"rests in all rows for {measured['longest_rest_beats']:.0f} beats")
    for row in ROWS:
        held = measured.get(f"longest_note_beats_{row}", 0.0)
        repeated = measured.get(f"longest_repeat_beats_{row}", 0.0)
        if held > limits.longest_note_beats.get(row, np.inf):
            faults.append(f"holds a note of the {row} for {held:.0f} beats")
        elif repeated > limits.longest_repeat_beats.get(row, np.inf):
            faults.append(f"repeats one note or chord of the {row} for {repeated:.0f} beats")
    if measured["longest_unchanged_beats"] > limits.longest_unchanged_beats:
        faults.append(f"does not move for {measured['longest_unchanged_beats']:.0f} beats")
    if measured["clashes_per_100_notes"] > limits.most_clashes_per_100_notes:
        faults.append(f"clashes in {measured['clashes_per_100_notes']:.0f} of 100 notes")
    return faults


def faults_of_request(
    notes: Notes, asked: Conditioning, ending: dict[str, float], limits: NoteLimits
) -> list[str]:
    """Return a sentence for each thing that was asked for and is not in the notes: rows, and an ending in the key."""
    playing = {track.row for track in notes.tracks if len(track.onset_steps)}
    faults = [f"never plays its {row}" for row in asked.rows if row not in playing]
    if not limits.must_end or not playing - {"drums"}:
        return faults
    if not ending["ends_on_tonic"]:
        faults.append("does not end on its tonic")
    elif ending["share_of_tonic_chord_at_end"] < limits.smallest_share_of_tonic_chord_at_end:
        faults.append("ends on another chord than its tonic's")
    return faults


def longest_run(flags: np.ndarray) -> int:
    """Return the length of the longest unbroken run of true values in `flags` (n,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _longest_rest_beats(notes: Notes) -> float:
    """Return the longest time without any sounding note, drums included."""
    steps = notes.bars * notes.beats_per_bar * STEPS_PER_BEAT
    change = np.zeros(steps + 1, np.int64)
    for track in notes.tracks:
        np.add.at(change, np.minimum(track.onset_steps, steps), 1)
        np.add.at(change, np.minimum(track.onset_steps + track.duration_steps, steps), -1)
    return longest_run(np.cumsum(change)[:steps] == 0) / STEPS_PER_BEAT


def _longest_repeat_beats(track: NoteTrack) -> float:
    """Return the longest time in which a row strikes the same pitches again and again, or holds them."""
    onset, end, pitches = _strikes(track)
    begins = np.flatnonzero(np.r_[True, pitches[1:] != pitches[:-1]])
    return float((np.maximum.reduceat(end, begins) - onset[begins]).max()) / STEPS_PER_BEAT


def _longest_unchanged_beats(notes: Notes, pitched: list[NoteTrack]) -> float:
    """Return the longest time in which no pitched row strikes other pitches than it struck last."""
    changes = [np.array([0, notes.bars * notes.beats_per_bar * STEPS_PER_BEAT])]
    for track in pitched:
        onset, _, pitches = _strikes(track)
        changes.append(onset[np.r_[True, pitches[1:] != pitches[:-1]]])
    return float(np.diff(np.unique(np.concatenate(changes))).max(initial=0)) / STEPS_PER_BEAT


def _strikes(track: NoteTrack) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each moment at which a row strikes: its step, when the last of its notes ends, and a key of its pitches."""
    begins = np.flatnonzero(np.r_[True, np.diff(track.onset_steps) != 0])
    end = np.maximum.reduceat(track.onset_steps + track.duration_steps, begins)
    keys = np.add.reduceat(mixed(track.pitch.astype(np.uint64)), begins)
    return track.onset_steps[begins].astype(np.int64), end.astype(np.int64), keys
