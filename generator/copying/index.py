"""The exact counterpart of the copy guard's filter: which training piece a passage comes from, and which bars."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from generator.bars import METRES
from generator.copying.guard import is_idiom
from generator.copying.passages import Passages, corpus_passages, passages_of
from generator.dataset import SPLITS, BarDataset
from generator.notes import STEPS_PER_BEAT, Notes


@dataclass(frozen=True)
class CopiedPassage:
    """The longest passage that a piece shares with one training piece; bars are counted from 1, both ends included."""

    stream: str
    beats: float
    first_bar: int
    last_bar: int
    piece_id: int
    work: str
    credit: str
    source_first_bar: int
    source_last_bar: int


class PassageIndex:
    """All passages of the training works, with where each lies."""

    def __init__(self, dataset: BarDataset) -> None:
        self._dataset = dataset
        self._passages: Mapping[str, Passages] = {
            stream: found.take(
                (dataset.piece_split[found.piece] == SPLITS.index("train")) & ~is_idiom(dataset, found)
            )
            for stream, found in corpus_passages(dataset).items()
        }
        self._order = {stream: np.argsort(found.keys) for stream, found in self._passages.items()}
        self._keys = {stream: found.keys[self._order[stream]] for stream, found in self._passages.items()}

    def find(self, notes: Notes) -> dict[str, CopiedPassage | None]:
        """Return by stream the longest passage that a piece shares with one training piece, None where there is none."""
        return {
            stream: self._longest(stream, found, notes.beats_per_bar * STEPS_PER_BEAT)
            for stream, found in passages_of(notes).items()
        }

    def _longest(self, stream: str, ours: Passages, bar_steps: int) -> CopiedPassage | None:
        theirs, order = self._passages[stream], self._order[stream]
        begin = np.searchsorted(self._keys[stream], ours.keys, side="left")
        end = np.searchsorted(self._keys[stream], ours.keys, side="right")
        counts = end - begin
        if not counts.sum():
            return None
        mine = np.repeat(np.arange(len(ours)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        place = order[np.repeat(begin, counts) + within]
        first, last = _longest_diagonal(mine, place, theirs.piece, ours.end_steps - ours.start_steps)
        piece = int(theirs.piece[place[first]])
        source_bar_steps = METRES[self._dataset.piece_metre[piece]].bar_steps
        return CopiedPassage(
            stream=stream,
            beats=float(ours.end_steps[mine[last]] - ours.start_steps[mine[first]]) / STEPS_PER_BEAT,
            first_bar=int(ours.start_steps[mine[first]]) // bar_steps + 1,
            last_bar=int(ours.end_steps[mine[last]]) // bar_steps + 1,
            piece_id=int(self._dataset.piece_id[piece]),
            work=str(self._dataset.piece_work[piece]),
            credit=str(self._dataset.piece_credit[piece]),
            source_first_bar=int(theirs.start_steps[place[first]]) // source_bar_steps + 1,
            source_last_bar=int(theirs.end_steps[place[last]]) // source_bar_steps + 1,
        )


def _longest_diagonal(
    mine: np.ndarray, place: np.ndarray, piece: np.ndarray, lengths: np.ndarray
) -> tuple[int, int]:
    """Return the first and last match (indices) of the longest run in which both sides go on step by step.

    `mine` and `place` (matches,) pair our passages with theirs; neighbours in `piece` lie side by side in their music.
    """
    order = np.lexsort((mine, place - mine))
    mine, place = mine[order], place[order]
    joined = (np.diff(mine) == 1) & (np.diff(place) == 1) & (piece[place[1:]] == piece[place[:-1]])
    starts = np.flatnonzero(np.r_[True, ~joined])
    ends = np.r_[starts[1:], len(order)] - 1
    # of runs equally long in passages the one longer in time is told
    best = int(np.lexsort((lengths[mine[ends]], ends - starts))[-1])
    return int(order[starts[best]]), int(order[ends[best]])
