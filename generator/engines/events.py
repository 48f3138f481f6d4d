"""Notes as a plain list of events in the key frame: what engines that write note by note learn from and write."""

from dataclasses import dataclass

import numpy as np

from generator.bars import LOWEST_PITCH, METRES, PATCHES_PER_BAR, PITCHES, transposition_to_frame
from generator.chords import NO_CHORD, beat_chroma, find_chords
from generator.conditioning import Conditioning
from generator.dataset import DRUM_CLASSES, BarDataset, estimate_key
from generator.notes import DRUM_PROGRAM, ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import DRUM_KEYS, drum_class

DRUMS = ROWS.index("drums")
LONGEST_BARS = 4
"""A note lasts four bars at most, as in the dataset."""

_DRUM_STEPS = STEPS_PER_BEAT // 4


@dataclass(frozen=True)
class Events:
    """The notes of some bars, ascending by onset, row and pitch; no pitch of a row begins twice at one step.

    `row` (notes,) int64 as in `ROWS`; `onset_steps` int64 from the first bar; `duration_steps` int64, at least 1; `pitch`
    int64, 0 = C1 of the key frame, for drums a class from 0 to 11; `velocity` int64, 1 to 127; `chords` (bars, 4) int64;
    `metre` an index into `METRES`.
    """

    row: np.ndarray
    onset_steps: np.ndarray
    duration_steps: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    chords: np.ndarray
    metre: int

    def __len__(self) -> int:
        return len(self.row)

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return len(self.chords)

    @property
    def bar_steps(self) -> int:
        """Steps a bar."""
        return METRES[self.metre].bar_steps

    def take(self, first_bar: int, bars: int) -> "Events":
        """Return the events that begin in some of the bars."""
        start, end = first_bar * self.bar_steps, (first_bar + bars) * self.bar_steps
        chosen = (self.onset_steps >= start) & (self.onset_steps < end)
        return Events(
            self.row[chosen], self.onset_steps[chosen] - start, self.duration_steps[chosen], self.pitch[chosen],
            self.velocity[chosen], self.chords[first_bar : first_bar + bars], self.metre,
        )  # fmt: skip


def ordered_events(
    row: np.ndarray,
    onset_steps: np.ndarray,
    duration_steps: np.ndarray,
    pitch: np.ndarray,
    velocity: np.ndarray,
    chords: np.ndarray,
    metre: int,
) -> Events:
    """Return the notes in order as `Events`; of two that begin together on one pitch of one row the longer stays."""
    columns = [np.asarray(column, np.int64) for column in (row, onset_steps, duration_steps, pitch, velocity)]
    order = np.lexsort((-columns[2], columns[3], columns[0], columns[1]))
    key = np.stack([columns[1], columns[0], columns[3]])[:, order]
    first = np.r_[True, (key[:, 1:] != key[:, :-1]).any(0)] if len(order) else np.zeros(0, bool)
    row, onset_steps, duration_steps, pitch, velocity = (column[order][first] for column in columns)
    return Events(row, onset_steps, duration_steps, pitch, velocity, np.asarray(chords, np.int64), metre)


def dataset_events(dataset: BarDataset, segment_range: np.ndarray, first_bar: int, bars: int) -> Events:
    """Return the events of bars of one piece; what was begun before the first bar is left out."""
    chosen = slice(segment_range[first_bar], segment_range[first_bar + bars])
    metre = int(dataset.piece_metre[dataset.bar_piece[first_bar]])
    bar = dataset.segment_bar[chosen].astype(np.int64) - first_bar
    step, row, pitch = (
        getattr(dataset, name)[chosen].astype(np.int64)
        for name in ("segment_step", "segment_row", "segment_pitch")
    )
    onset = bar * METRES[metre].bar_steps + step
    struck = dataset.segment_is_onset[chosen]
    order = np.lexsort((onset, pitch, row))
    # a part held over a bar line follows, in this order, the note that it belongs to
    note = np.cumsum(struck[order]) - 1
    steps = np.where(note >= 0, dataset.segment_steps[chosen].astype(np.int64)[order], 0)
    duration = np.bincount(np.maximum(note, 0), weights=steps, minlength=1).astype(np.int64)
    of_note = order[struck[order]]
    return ordered_events(
        row[of_note], onset[of_note], duration[: len(of_note)], pitch[of_note],
        dataset.segment_velocity[chosen][of_note], dataset.bar_chords[first_bar : first_bar + bars], metre,
    )  # fmt: skip


def notes_events(notes: Notes, transposition: int | None = None, metre: int | None = None) -> Events:
    """Return the events of written notes.

    `transposition` is what brings them into the key frame; left out, the key is estimated from what sounds. `metre` tells
    3/4 from 6/8; left out, a bar of three beats counts as 3/4.
    """
    beats_per_bar = notes.beats_per_bar
    metre = int(beats_per_bar == 3) if metre is None else metre
    bar_steps = METRES[metre].bar_steps
    if not notes.tracks:
        return _no_events(notes.bars, metre)
    columns = [
        np.concatenate([getattr(track, name) for track in notes.tracks]).astype(np.int64)
        for name in ("onset_steps", "duration_steps", "pitch", "velocity")
    ]
    row = np.repeat(
        [ROWS.index(track.row) for track in notes.tracks], [len(track.pitch) for track in notes.tracks]
    ).astype(np.int64)
    inside = columns[0] < notes.bars * bar_steps
    row = row[inside]
    onset, duration, pitch, velocity = (column[inside] for column in columns)
    lines, beats = row != DRUMS, notes.bars * beats_per_bar
    sounding = (onset[lines], duration[lines], pitch[lines])
    if transposition is None:
        chroma, _ = beat_chroma(*sounding, beats)
        transposition = transposition_to_frame(*estimate_key(chroma.sum(0) + 1e-6)) if lines.any() else 0
    chords = np.full((notes.bars, PATCHES_PER_BAR), NO_CHORD, np.int64)
    if lines.any():
        found = find_chords(*sounding, beats, beats_per_bar).astype(np.int64)
        moved = found // 12 * 12 + (found % 12 + transposition) % 12
        chords[:, :beats_per_bar] = np.where(found == NO_CHORD, found, moved).reshape(notes.bars, -1)
    frame_pitch = pitch + transposition - LOWEST_PITCH
    frame_pitch += 12 * ((np.maximum(-frame_pitch, 0) + 11) // 12)
    frame_pitch -= 12 * ((np.maximum(frame_pitch - PITCHES + 1, 0) + 11) // 12)
    return ordered_events(
        row,
        onset,
        np.where(lines, np.clip(duration, 1, LONGEST_BARS * bar_steps), _DRUM_STEPS),
        np.where(lines, frame_pitch, drum_class(np.where(lines, 0, pitch))),
        velocity,
        chords,
        metre,
    )


def _no_events(bars: int, metre: int) -> Events:
    none = np.zeros(0, np.int64)
    return Events(none, none, none, none, none, np.full((bars, PATCHES_PER_BAR), NO_CHORD, np.int64), metre)


def events_notes(events: Events, conditioning: Conditioning) -> Notes:
    """Return events as notes in the key and on the programs of a request; rows it does not ask for stay silent.

    A note ends where its row strikes the same pitch again, and at the end of the last bar.
    """
    transposition = transposition_to_frame(conditioning.key, conditioning.mode)
    end = events.bars * events.bar_steps
    tracks = []
    for number, row in enumerate(ROWS):
        mine = np.flatnonzero(events.row == number)
        if row not in conditioning.programs or not len(mine):
            continue
        onset, pitch = events.onset_steps[mine], events.pitch[mine]
        if number == DRUMS:
            duration = np.full(len(mine), _DRUM_STEPS, np.int64)
            sounding_pitch, program = np.array(DRUM_KEYS)[pitch % DRUM_CLASSES], DRUM_PROGRAM
        else:
            duration = np.minimum(events.duration_steps[mine], _until_struck_again(onset, pitch, end))
            sounding_pitch, program = pitch + LOWEST_PITCH - transposition, conditioning.programs[row]
        tracks.append(
            NoteTrack(
                row,
                program,
                onset.astype(np.int32),
                duration.astype(np.int32),
                sounding_pitch.astype(np.int16),
                events.velocity[mine].astype(np.int16),
            )
        )
    return Notes(tuple(tracks), conditioning.tempo_bpm, events.bar_steps // STEPS_PER_BEAT, events.bars)


def _until_struck_again(onset: np.ndarray, pitch: np.ndarray, end: int) -> np.ndarray:
    order = np.lexsort((onset, pitch))
    following = np.r_[onset[order][1:], end]
    again = np.r_[pitch[order][1:] == pitch[order][:-1], False]
    room = np.empty(len(onset), np.int64)
    room[order] = np.where(again, following, end) - onset[order]
    return room


def balanced_windows(style: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return indices (<= count,) of windows, each style drawn equally often as far as it has windows."""
    queues = [rng.permutation(np.flatnonzero(style == name)) for name in np.unique(style)]
    turn = np.concatenate([np.arange(len(queue)) for queue in queues])
    of_queue = np.concatenate([np.full(len(queue), number) for number, queue in enumerate(queues)])
    return np.concatenate(queues)[np.lexsort((of_queue, turn))][:count]
