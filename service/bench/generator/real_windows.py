"""Windows of real music beside which composed pieces are judged: of the same rows, metre and length."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.dataset import BarDataset
from generator.measures.excerpts import excerpt
from generator.notes import Notes
from generator.windows import find_windows, window_notes


@dataclass(frozen=True, eq=False)
class RealWindow:
    """Sixteen bars of a real piece, with the work and the style it is of."""

    notes: Notes
    work: str
    style: str


def read_real_windows(
    dataset: BarDataset, split: str, count: int, rng: np.random.Generator, *, bands: bool = True
) -> list[RealWindow]:
    """Return at most `count` windows of a split, works in turn: one window of each, then a second of each, and so on.

    With `bands` only pieces of three rows or more are drawn, which is what the generator writes.
    """
    windows = find_windows(dataset, split)
    rows = (dataset.piece_programs[windows.piece] >= 0).sum(1)
    chosen = rng.permutation(np.flatnonzero(rows >= (3 if bands else 1)))
    drawn_before: Counter[str] = Counter()
    turn = np.zeros(len(chosen), np.int64)
    for place, work in enumerate(dataset.piece_work[windows.piece[chosen]].tolist()):
        turn[place] = drawn_before[work]
        drawn_before[work] += 1
    segment_range = dataset.segment_range()
    return [
        RealWindow(
            window_notes(dataset, segment_range, int(windows.first_bar[index]), int(windows.piece[index])),
            str(dataset.piece_work[windows.piece[index]]),
            str(dataset.piece_style[windows.piece[index]]),
        )
        for index in chosen[np.argsort(turn, kind="stable")][:count]
    ]


def sounding_rows(notes: Notes) -> tuple[str, ...]:
    """Return the rows that strike at least once."""
    return tuple(track.row for track in notes.tracks if len(track.onset_steps))


@dataclass(frozen=True)
class Match:
    """A composed piece's number and the real window, cut to the same length, that stands beside it."""

    ours: int
    window: RealWindow


def match_windows(
    ours: Sequence[Notes], styles: Sequence[str], real: Sequence[RealWindow], rng: np.random.Generator
) -> list[Match]:
    """Find a real window for each piece: the same rows and metre, the same style where there is one left.

    No window is used twice, and works are used as evenly as can be; a piece for which nothing is left has no match.
    """
    order = rng.permutation(len(real))
    free: dict[tuple[tuple[str, ...], int], list[RealWindow]] = {}
    for index in order:
        window = real[index]
        free.setdefault((sounding_rows(window.notes), window.notes.beats_per_bar), []).append(window)
    used: Counter[str] = Counter()
    matches = []
    for number in rng.permutation(len(ours)):
        piece = ours[number]
        choice = free.get((sounding_rows(piece), piece.beats_per_bar), [])
        long_enough = [window for window in choice if window.notes.bars >= piece.bars]
        if not long_enough:
            continue
        best = min(long_enough, key=lambda window: (used[window.work], window.style != styles[number]))
        choice.remove(best)
        used[best.work] += 1
        cut = RealWindow(excerpt(best.notes, 0, piece.bars), best.work, best.style)
        matches.append(Match(int(number), cut))
    return sorted(matches, key=lambda match: match.ours)
