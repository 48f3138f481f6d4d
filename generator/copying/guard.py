"""The copy guard: whether a piece repeats a passage of the works the generator learnt from.

A filter holds every passage of the training works that is not idiom (found in five works or more). It knows membership
only, so what is measured is the longest unbroken chain of known passages: each shares all but one step with the next, and
a chain is therefore a copy from one place, or from two that begin alike. Works that were held back from training repeat
passages too, being music; what 95 percent of their excerpts stay below is the threshold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.bars import METRES
from generator.checkpoint import as_written, load_tensors, save_tensors
from generator.copying.passages import STREAMS, Passages, corpus_passages, passages_of
from generator.copying.xor_filter import FALSE_POSITIVE_RATE, XorFilter
from generator.dataset import SPLITS, BarDataset
from generator.notes import STEPS_PER_BEAT, Notes

PASSAGES_FILE = "copied_passages.safetensors"
IDIOM_WORKS = 5
"""A passage of so many works belongs to nobody."""

THRESHOLD_PERCENTILE = 95.0
EXCERPT_BARS = (8, 16, 32, 64)
"""Lengths at which held-back works are measured: a long piece repeats more than a short one."""

_WORDS = {"tune": "a tune", "chords": "a run of chords"}


@dataclass(frozen=True)
class Repeated:
    """What a piece repeats in one stream: `longest_beats`, its longest chain, and `share` of its passages that are known.

    `passages` is how many there were to compare.
    """

    longest_beats: float
    share: float
    passages: int


@dataclass(frozen=True)
class PassageFilter:
    """The passages of the training works, and what music that was not trained on repeats of them.

    `thresholds[stream][bars]` is a number of beats. `provenance` is for the file's configuration.
    """

    members: XorFilter
    thresholds: Mapping[str, Mapping[int, float]]
    provenance: Mapping[str, Any]

    @classmethod
    def fit(cls, dataset: BarDataset, provenance: Mapping[str, Any]) -> "PassageFilter":
        """Learn the training works of a corpus by heart and measure its test works against them.

        Without test works there is nothing to compare with: raises ValueError.
        """
        passages = corpus_passages(dataset)
        own_keys = {stream: _own_keys(dataset, found) for stream, found in passages.items()}
        members = XorFilter.of(np.concatenate(list(own_keys.values())))
        thresholds = {}
        excerpts = 0
        for stream, found in passages.items():
            longest = _longest_in_excerpts(dataset, found, members.holds(found.keys))
            excerpts += sum(len(each) for each in longest.values())
            thresholds[stream] = {
                bars: float(np.percentile(beats, THRESHOLD_PERCENTILE))
                for bars, beats in longest.items()
                if len(beats)
            }
        if not excerpts:
            raise ValueError("the corpus holds no test works to compare with")
        counts = {f"{stream}_passages": len(keys) for stream, keys in own_keys.items()}
        return cls(members, thresholds, {**provenance, **counts, "test_excerpts": excerpts})

    def repeated(self, notes: Notes) -> dict[str, Repeated]:
        """Return what a piece repeats, by stream."""
        return {stream: self._repeated(found) for stream, found in passages_of(notes).items()}

    def threshold_beats(self, stream: str, bars: int) -> float:
        """Return the beats that a piece of so many bars may repeat: those of the next shorter excerpts measured.

        Any number where the held-back works had nothing to measure.
        """
        measured = self.thresholds[stream]
        if not measured:
            return inf
        shorter = [length for length in measured if length <= bars]
        return measured[max(shorter, default=min(measured))]

    def faults(self, repeated: Mapping[str, Repeated], bars: int) -> list[str]:
        """Return a sentence for each stream in which a piece of `bars` repeats more than held-back works do."""
        return [
            f"repeats {_WORDS[stream]} of the training music for {found.longest_beats:.0f} beats "
            f"where {limit:.0f} are usual"
            for stream, found in repeated.items()
            if found.longest_beats > (limit := self.threshold_beats(stream, bars))
        ]

    def save(self, path: Path) -> str:
        """Write the filter and return its SHA-256."""
        config = {
            "salt": self.members.salt,
            "false_positive_rate": FALSE_POSITIVE_RATE,
            "thresholds": {
                stream: {str(bars): beats for bars, beats in limits.items()}
                for stream, limits in self.thresholds.items()
            },
            "provenance": dict(self.provenance),
        }
        return save_tensors(
            path, {"fingerprints": torch.from_numpy(self.members.fingerprints.view(np.int16))}, config
        )

    @classmethod
    def load(cls, path: Path) -> "PassageFilter":
        """Read a filter. Raises FileNotFoundError where it is missing, ValueError where it is damaged."""
        tensors, config, _ = load_tensors(path)
        with as_written(path.name):
            members = XorFilter(tensors["fingerprints"].numpy().view(np.uint16), config["salt"])
            thresholds = {
                stream: {int(bars): beats for bars, beats in config["thresholds"][stream].items()}
                for stream in STREAMS
            }
            return cls(members, thresholds, config["provenance"])

    def _repeated(self, found: Passages) -> Repeated:
        known = self.members.holds(found.keys)
        longest = longest_chain_steps(found, known) / STEPS_PER_BEAT
        return Repeated(longest, float(known.mean()) if len(known) else 0.0, len(known))


def longest_chain_steps(passages: Passages, known: np.ndarray) -> int:
    """Return from the first to the last onset of the longest chain of known passages (n,) bool of one piece, in steps."""
    edges = np.flatnonzero(np.diff(np.r_[0, known.astype(np.int8), 0]))
    return int((passages.end_steps[edges[1::2] - 1] - passages.start_steps[edges[::2]]).max(initial=0))


def is_idiom(dataset: BarDataset, passages: Passages) -> np.ndarray:
    """Return (passages,) bool: whether as many training works as make an idiom hold each."""
    trained = dataset.piece_split[passages.piece] == SPLITS.index("train")
    _, work = np.unique(dataset.piece_work, return_inverse=True)
    _, number = np.unique(passages.keys, return_inverse=True)
    held_by = np.unique(np.stack([number[trained], work[passages.piece[trained]]], axis=1), axis=0)
    works = np.bincount(held_by[:, 0], minlength=int(number.max(initial=-1)) + 1)
    return np.asarray(works[number] >= IDIOM_WORKS)


def _own_keys(dataset: BarDataset, passages: Passages) -> np.ndarray:
    trained = dataset.piece_split[passages.piece] == SPLITS.index("train")
    return np.unique(passages.keys[trained & ~is_idiom(dataset, passages)])


def _longest_in_excerpts(dataset: BarDataset, passages: Passages, known: np.ndarray) -> dict[int, np.ndarray]:
    """Return the longest chains (excerpts,) in beats of the test works' excerpts, by their bars, side by side."""
    longest: dict[int, list[float]] = {bars: [] for bars in EXCERPT_BARS}
    for piece in np.flatnonzero(dataset.piece_split == SPLITS.index("test")):
        begin, end = np.searchsorted(passages.piece, [piece, piece + 1])
        own, own_known = passages.take(slice(begin, end)), known[begin:end]
        bar_steps = METRES[dataset.piece_metre[piece]].bar_steps
        for bars in EXCERPT_BARS:
            for first in range(0, int(dataset.piece_bars[piece]) - bars + 1, bars):
                inside = slice(
                    np.searchsorted(own.start_steps, first * bar_steps),
                    np.searchsorted(own.end_steps, (first + bars) * bar_steps),
                )
                if inside.stop <= inside.start:
                    continue
                chain = longest_chain_steps(own.take(inside), own_known[inside])
                longest[bars].append(chain / STEPS_PER_BEAT)
    return {bars: np.array(beats) for bars, beats in longest.items()}
