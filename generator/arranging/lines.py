"""What every part of the arranging needs of a row: taking notes, putting them in order, its phrases."""

from dataclasses import replace

import numpy as np

from generator.notes import STEPS_PER_BEAT, NoteTrack

LONGEST_PHRASE_BEATS = 16

_STRAYS = {1: -1, STEPS_PER_BEAT - 1: 1}
"""A twelfth of a beat beside the beat is no written rhythm; what is further away is one, or a player's push or lag."""


def in_order(track: NoteTrack) -> NoteTrack:
    """Return the notes by onset and pitch; of two strikes of one key at once the louder remains, and no key overlaps itself.

    Drums are struck and not held: theirs may.
    """
    order = np.lexsort((-track.velocity, track.pitch, track.onset_steps))
    track = track.take(order)
    first = np.r_[True, (np.diff(track.onset_steps) != 0) | (np.diff(track.pitch) != 0)]
    track = track.take(first[: len(track.onset_steps)])
    if track.is_drums:
        return track
    by_key = np.lexsort((track.onset_steps, track.pitch))
    onset, pitch = track.onset_steps[by_key], track.pitch[by_key]
    duration = track.duration_steps.copy()
    if len(by_key) > 1:
        until_next = np.where(pitch[1:] == pitch[:-1], onset[1:] - onset[:-1], np.iinfo(np.int32).max)
        duration[by_key[:-1]] = np.minimum(duration[by_key[:-1]], until_next)
    return replace(track, duration_steps=duration)


def joined(track: NoteTrack, added: list[tuple[int, int, int, int]]) -> NoteTrack:
    """Return the track with more notes (onset step, duration in steps, pitch, velocity), in order."""
    if not added:
        return track
    table = np.array(added, np.int64)
    return in_order(
        replace(
            track,
            onset_steps=np.r_[track.onset_steps, table[:, 0]].astype(np.int32),
            duration_steps=np.r_[track.duration_steps, table[:, 1]].astype(np.int32),
            pitch=np.r_[track.pitch, table[:, 2]].astype(np.int16),
            velocity=np.r_[track.velocity, np.clip(table[:, 3], 1, 127)].astype(np.int16),
        )
    )


def on_the_grid(track: NoteTrack, last_step: int) -> NoteTrack:
    """Return the track with strays of a twelfth of a beat brought to their beat, if that lies before `last_step`."""
    move = np.zeros(STEPS_PER_BEAT, np.int32)
    move[list(_STRAYS)] = list(_STRAYS.values())
    moved = track.onset_steps + move[track.onset_steps % STEPS_PER_BEAT]
    moved = np.where(moved >= last_step, track.onset_steps, moved).astype(np.int32)
    if track.is_drums:
        return in_order(replace(track, onset_steps=moved))
    duration = np.maximum(track.duration_steps - (moved - track.onset_steps), 1).astype(np.int32)
    return in_order(replace(track, onset_steps=moved, duration_steps=duration))


def phrase_of_notes(track: NoteTrack) -> np.ndarray:
    """Return the number of the phrase each note belongs to (notes,): a rest of a beat, or four bars, ends one."""
    numbers = np.zeros(len(track.onset_steps), np.int64)
    reach, begun, number = -1, 0, 0
    for index, (onset, duration) in enumerate(
        zip(track.onset_steps.tolist(), track.duration_steps.tolist(), strict=True)
    ):
        rested = reach >= 0 and onset - reach >= STEPS_PER_BEAT
        if index and (rested or onset - begun >= LONGEST_PHRASE_BEATS * STEPS_PER_BEAT):
            number, begun = number + 1, onset
        reach = max(reach, onset + duration)
        numbers[index] = number
    return numbers


def as_struck(track: NoteTrack) -> NoteTrack:
    """Return the row as keys can be struck: by onset, then pitch, each pitch ending where it is struck again.

    Of two strokes of one pitch at once the longer remains, as in the MIDI file.
    """
    order = np.lexsort((-track.duration_steps, track.onset_steps, track.pitch))
    track = track.take(order)
    same_key = track.pitch[1:] == track.pitch[:-1]
    once = track.take(
        np.r_[True, ~(same_key & (track.onset_steps[1:] == track.onset_steps[:-1]))][: len(order)]
    )
    until_next = np.where(
        once.pitch[1:] == once.pitch[:-1],
        once.onset_steps[1:] - once.onset_steps[:-1],
        np.iinfo(np.int32).max,
    )
    duration = once.duration_steps.copy()
    duration[:-1] = np.minimum(duration[:-1], until_next)
    struck = replace(once, duration_steps=duration)
    return struck.take(np.lexsort((struck.pitch, struck.onset_steps)))
