"""The edits that change a piece: each takes a piece as it is written and gives another; what it does not name stays."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from generator.arranging.arrangement import arrange
from generator.codec import LATENT_ROWS
from generator.conditioning import TEMPO_RANGE_BPM
from generator.editing.merging import Region, merge
from generator.editing.redrawing import Progress, Wish, redraw
from generator.editing.written import Written
from generator.form import end_on_last_bar
from generator.notes import ROWS
from generator.pipeline import Composer

LOWEST_PITCH, HIGHEST_PITCH = 21, 108
"""A0 to C8, a grand piano's keys: what lies beyond is hardly heard as a pitch."""

LEAST_VARIATION = 0.05
"""Below this, hardly a note changes."""


def regenerate(
    composer: Composer,
    written: Written,
    seed: int,
    *,
    rows: Sequence[str] = (),
    bars: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Written:
    """Draw these rows anew in these bars (first, end), counted from 0; all rows, or all bars, where none are named.

    Where rows are named the harmony stays; otherwise it is drawn anew too. All other notes stay bit for bit. Raises
    ValueError for rows the piece has not and for bars it has not.
    """
    missing = [row for row in rows if row not in written.rows]
    if missing:
        raise ValueError(f"the piece has no {' and no '.join(missing)}; it has {', '.join(written.rows)}")
    first, end = bars or (0, written.notes.bars)
    if not 0 <= first < end <= written.notes.bars:
        raise ValueError(f"the piece has bars 1 to {written.notes.bars}")
    region = Region(tuple(rows) or written.rows, first, end)
    chosen = _chosen(written.notes.bars, region, harmony=not rows)
    return _redrawn(composer, written, Wish(chosen), region, seed, progress)


def continue_piece(
    composer: Composer, written: Written, bars: int, seed: int, progress: Progress | None = None
) -> Written:
    """Add `bars` at the end. A piece that ends goes on instead, from its last bar on, and ends on its new last bar.

    All bars before stay bit for bit. Raises ValueError for less than one bar.
    """
    if bars < 1:
        raise ValueError("a piece goes on for one bar or more")
    first, end = written.notes.bars - (not written.loops), written.notes.bars + bars
    region = Region(written.rows, first, end)
    wish = Wish(_chosen(end, region, harmony=True), ends=not written.loops)
    if wish.ends:
        wish.chosen[-1, 0] = False
    return _redrawn(composer, written, wish, region, seed, progress)


def vary(
    composer: Composer, written: Written, amount: float, seed: int, progress: Progress | None = None
) -> Written:
    """Re-noise all rows to `amount` (0 to 1) and denoise them again under the same harmony; the ending stays.

    Raises ValueError for an amount outside `LEAST_VARIATION` to 1.
    """
    if not LEAST_VARIATION <= amount <= 1.0:
        raise ValueError(f"an amount of variation lies between {LEAST_VARIATION} and 1")
    end = written.notes.bars - (not written.loops)
    region = Region(written.rows, 0, max(end, 1))
    # The ending is drawn and not taken: what leads there must not be drawn in view of its few notes.
    drawn = Region(written.rows, 0, written.notes.bars)
    wish = Wish(_chosen(written.notes.bars, drawn, harmony=False), level=amount)
    return _redrawn(composer, written, wish, region, seed, progress)


def close_loop(composer: Composer, written: Written, seed: int, progress: Progress | None = None) -> Written:
    """Draw the last bar anew, in view of the bars before it and of the opening after it, so that it leads back.

    All other bars stay bit for bit. Raises ValueError for a piece that loops already.
    """
    if written.loops:
        raise ValueError("the piece is a loop already")
    bars = written.notes.bars
    region = Region(written.rows, bars - 1, bars)
    looping = Written.of(written.notes, written.asked, loops=True)
    wish = Wish(_chosen(bars, region, harmony=True))
    return _redrawn(composer, looping, wish, region, seed, progress)


def transpose(written: Written, semitones: int) -> Written:
    """Move every pitch by `semitones`, the key with it; drums stay. Raises ValueError where a pitch would leave the range."""
    pitches = [track.pitch for track in written.notes.tracks if not track.is_drums and len(track.pitch)]
    lowest, highest = (
        min((int(each.min()) for each in pitches), default=LOWEST_PITCH),
        max((int(each.max()) for each in pitches), default=LOWEST_PITCH),
    )
    if lowest + semitones < LOWEST_PITCH or highest + semitones > HIGHEST_PITCH:
        raise ValueError(
            f"the piece can move by {LOWEST_PITCH - lowest} to {HIGHEST_PITCH - highest} semitones,"
            f" {semitones} would leave the range of instruments"
        )
    tracks = tuple(
        track if track.is_drums else replace(track, pitch=(track.pitch + semitones).astype(np.int16))
        for track in written.notes.tracks
    )
    moved = replace(written, asked=replace(written.asked, key=(written.asked.key + semitones) % 12))
    return moved.with_notes(replace(written.notes, tracks=tracks))


def change_tempo(written: Written, tempo_bpm: float) -> Written:
    """Play the same notes at another tempo. Raises ValueError for one outside `TEMPO_RANGE_BPM`."""
    low, high = TEMPO_RANGE_BPM
    if not low <= tempo_bpm <= high:
        raise ValueError(f"a tempo lies between {low:.0f} and {high:.0f} bpm")
    return written.with_notes(replace(written.notes, tempo_bpm=tempo_bpm))


def _chosen(bars: int, region: Region, *, harmony: bool) -> np.ndarray:
    chosen = np.zeros((bars, len(LATENT_ROWS)), bool)
    numbers = [0] * harmony + [1 + ROWS.index(row) for row in region.rows]
    chosen[region.first_bar : region.end_bar, numbers] = True
    return chosen


def _redrawn(
    composer: Composer,
    written: Written,
    wish: Wish,
    region: Region,
    seed: int,
    progress: Progress | None,
) -> Written:
    """Return the piece with its region drawn, arranged among what stays as all that is composed is, and taken over."""
    drawn = redraw(composer, written, wish, seed, progress)
    if not written.loops:
        drawn = end_on_last_bar(drawn, written.asked.key, written.asked.mode)
    among = merge(written.notes, drawn, region)
    arranged = arrange(among, written.asked, np.random.default_rng([seed, 4]))
    return written.with_notes(merge(written.notes, arranged, region))
