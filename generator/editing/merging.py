"""What was drawn anew, put among what stays."""

from dataclasses import dataclass, replace

import numpy as np

from generator.arranging.lines import as_struck
from generator.arranging.pulse import in_order
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack


@dataclass(frozen=True)
class Region:
    """The bars from `first_bar` (counted from 0) up to `end_bar`, of these rows."""

    rows: tuple[str, ...]
    first_bar: int
    end_bar: int


def merge(original: Notes, drawn: Notes, region: Region) -> Notes:
    """Return `original` with the notes that begin in the region taken from `drawn`, which may be longer by some bars.

    All other notes stay bit for bit, those too that are held into the region: what is drawn gives way to them, and ends
    where the region does.
    """
    bar_steps = original.beats_per_bar * STEPS_PER_BEAT
    start, end = region.first_bar * bar_steps, region.end_bar * bar_steps
    before = {track.row: track for track in original.tracks}
    after = {track.row: track for track in drawn.tracks}
    tracks = []
    for row in ROWS:
        if row not in region.rows:
            tracks += [before[row]] if row in before else []
            continue
        kept = before[row].take(~_begins_within(before[row], start, end)) if row in before else None
        new = _giving_way(_cut(after[row], start, end), kept) if row in after else None
        joined = _joined(kept, new)
        tracks += [joined] if joined is not None and len(joined.pitch) else []
    return replace(original, tracks=tuple(tracks), bars=max(original.bars, drawn.bars))


def _begins_within(track: NoteTrack, start: int, end: int) -> np.ndarray:
    return (track.onset_steps >= start) & (track.onset_steps < end)


def _cut(track: NoteTrack, start: int, end: int) -> NoteTrack:
    inside = track.take(_begins_within(track, start, end))
    length = np.minimum(inside.duration_steps, end - inside.onset_steps).astype(np.int32)
    return as_struck(replace(inside, duration_steps=length))


def _giving_way(new: NoteTrack, kept: NoteTrack | None) -> NoteTrack:
    """Return the new notes without those whose key is still down: striking it would end a note that stays."""
    if kept is None or not len(kept.pitch):
        return new
    held = (kept.onset_steps[None] < new.onset_steps[:, None]) & (
        (kept.onset_steps + kept.duration_steps)[None] > new.onset_steps[:, None]
    )
    return new.take(~(held & (kept.pitch[None] == new.pitch[:, None])).any(1))


def _joined(kept: NoteTrack | None, new: NoteTrack | None) -> NoteTrack | None:
    if kept is None or new is None:
        return kept if new is None else new
    added = {name: getattr(new, name) for name in ("onset_steps", "duration_steps", "pitch", "velocity")}
    return in_order(kept, added, keep=np.ones(len(kept.pitch), bool))
