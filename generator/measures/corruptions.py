"""Real music made worse in known ways: the rungs of the ladder that a measure must put in order before it is believed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from generator.dataset import estimate_key
from generator.measures.excerpts import bar_steps, excerpt
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

Corruption = Callable[[Notes, np.random.Generator], Notes]

JITTERED_SHARE = 0.03
LARGEST_JITTER_SEMITONES = 6


def jitter_pitch(notes: Notes, rng: np.random.Generator, *, share: float = JITTERED_SHARE) -> Notes:
    """Return the notes with `share` of the pitched ones, and at least one, moved by 1 to 6 semitones up or down."""
    counts = [0 if track.is_drums else len(track.onset_steps) for track in notes.tracks]
    total = sum(counts)
    if not total:
        return notes
    moved = np.zeros(total, bool)
    moved[rng.permutation(total)[: max(round(share * total), 1)]] = True
    shifts = rng.integers(1, LARGEST_JITTER_SEMITONES + 1, total) * rng.choice((-1, 1), total)
    ends = np.cumsum(counts)
    tracks = []
    for track, count, end in zip(notes.tracks, counts, ends, strict=True):
        mine = slice(end - count, end)
        shifted = track.pitch + np.where(moved[mine], shifts[mine], 0) if count else track.pitch
        tracks.append(replace(track, pitch=np.clip(shifted, 0, 127).astype(np.int16)))
    return replace(notes, tracks=tuple(tracks))


def shuffle_bars(notes: Notes, rng: np.random.Generator) -> Notes:
    """Return the bars in another order, all rows together; notes are cut at the end of their bar.

    The order differs from the written one wherever there are two bars or more.
    """
    steps = bar_steps(notes)
    order = rng.permutation(notes.bars)
    while notes.bars > 1 and (order == np.arange(notes.bars)).all():
        order = rng.permutation(notes.bars)
    tracks = []
    for track in notes.tracks:
        bar, within = np.divmod(track.onset_steps, steps)
        onset = order[bar] * steps + within
        duration = np.minimum(track.duration_steps, steps - within)
        tracks.append(_in_order(track, onset, duration))
    return replace(notes, tracks=tuple(tracks))


def swap_row(notes: Notes, donor: Notes, rng: np.random.Generator) -> Notes:
    """Return the notes with one pitched row, drawn among those both have, played by the donor in the piece's own key.

    The donor is cut, or repeated, to the piece's length. Raises ValueError where the two share no pitched row beside
    another pitched one, or differ in metre.
    """
    if donor.beats_per_bar != notes.beats_per_bar:
        raise ValueError(f"{donor.beats_per_bar} beats a bar do not fit {notes.beats_per_bar}")
    rows = swappable_rows(notes, donor)
    if not rows:
        raise ValueError("the two pieces have no pitched row in common that is not the only one")
    row = str(rng.choice(rows))
    given = next(track for track in donor.tracks if track.row == row)
    shift = (tonic_in_major(notes) - tonic_in_major(donor) + 6) % 12 - 6
    tracks = [
        _donated(track, given, shift, notes, donor) if track.row == row else track for track in notes.tracks
    ]
    return replace(notes, tracks=tuple(tracks))


def swappable_rows(notes: Notes, donor: Notes) -> list[str]:
    """Return the pitched rows that sound in both pieces, none where the piece has only one pitched row."""
    mine, theirs = _sounding_rows(notes), _sounding_rows(donor)
    return [row for row in mine if row in theirs] if len(mine) > 1 else []


def swap_from(donors: Sequence[Notes]) -> Corruption:
    """Return the corruption that swaps a row in from a donor drawn anew for each piece.

    It raises ValueError for a piece with which no donor shares metre and a row.
    """

    def swapped(notes: Notes, rng: np.random.Generator) -> Notes:
        for number in rng.permutation(len(donors)):
            donor = donors[number]
            if donor.beats_per_bar == notes.beats_per_bar and swappable_rows(notes, donor):
                return swap_row(notes, donor, rng)
        raise ValueError("no donor shares metre and a pitched row with the piece")

    return swapped


def tonic_in_major(notes: Notes) -> int:
    """Return the tonic (0 = C) of the piece's key, or of the relative major of a minor one; 0 where no pitch sounds.

    By Krumhansl and Kessler's profiles over duration-weighted chroma.
    """
    chroma = np.zeros(12)
    for track in notes.tracks:
        if not track.is_drums:
            np.add.at(chroma, track.pitch % 12, np.minimum(track.duration_steps, 4 * STEPS_PER_BEAT))
    if chroma.std() == 0:
        return 0
    tonic, mode = estimate_key(chroma)
    return tonic if mode == "major" else (tonic + 3) % 12


def _sounding_rows(notes: Notes) -> list[str]:
    return [track.row for track in notes.tracks if not track.is_drums and len(track.onset_steps)]


def _donated(own: NoteTrack, given: NoteTrack, shift: int, notes: Notes, donor: Notes) -> NoteTrack:
    length = donor.bars * bar_steps(donor)
    repeats = -(-notes.bars // donor.bars)
    onset = np.concatenate([given.onset_steps + number * length for number in range(repeats)])
    repeated = replace(
        own,
        onset_steps=onset.astype(np.int32),
        duration_steps=np.tile(given.duration_steps, repeats),
        pitch=np.clip(np.tile(given.pitch, repeats) + shift, 0, 127).astype(np.int16),
        velocity=np.tile(given.velocity, repeats),
    )
    whole = replace(notes, tracks=(repeated,), bars=repeats * donor.bars)
    return excerpt(whole, 0, notes.bars).tracks[0]


def _in_order(track: NoteTrack, onset: np.ndarray, duration: np.ndarray) -> NoteTrack:
    order = np.lexsort((track.pitch, onset))
    return replace(
        track,
        onset_steps=onset[order].astype(np.int32),
        duration_steps=duration[order].astype(np.int32),
        pitch=track.pitch[order],
        velocity=track.velocity[order],
    )
