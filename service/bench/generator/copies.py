"""How much composed pieces repeat of the music they were learnt from, beside works that were held back from learning.

Compared exactly, piece by piece, over at most sixteen bars on both sides. The ladder shows that the measure sees a copy: a
training piece is found, transposed too, and a Markov engine of a high order copies more than one of order 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from generator.copying.guard import THRESHOLD_PERCENTILE, PassageFilter
from generator.copying.index import CopiedPassage, PassageIndex
from generator.copying.passages import STREAMS
from generator.dataset import BarDataset
from generator.measures.corruptions import Corruption
from generator.measures.excerpts import excerpt
from generator.notes import Notes
from generator.windows import WINDOW_BARS
from service.bench.generator.outcome import PartResult
from service.bench.generator.real_windows import RealWindow, read_real_windows
from service.bench.intervals import GroupBootstrap, interval_of

Report = Callable[[float, str], None]

TRANSPOSED_BY = 5
"""Semitones by which the ladder's training pieces are moved."""


@dataclass(frozen=True)
class CopyPiece:
    """A composed piece and the cluster it was composed for."""

    name: str
    cluster: str
    notes: Notes


@dataclass(frozen=True)
class CopyScale:
    """How many windows of held-back works stand beside the pieces, how many rungs the ladder has, how many draws."""

    real_windows: int
    rungs: int
    draws: int


def measure_copies(
    pieces: Sequence[CopyPiece],
    dataset: BarDataset,
    guard: PassageFilter,
    engines: Mapping[str, Corruption],
    rng: np.random.Generator,
    report: Report,
    scale: CopyScale,
    *,
    split: str = "test",
) -> PartResult:
    """Compare pieces with all training works; `ours` and `real_p95` are 95th percentiles of the longest repeated tune.

    `engines` write a piece like a given one, by name: "markov" and "markov-high" (`quality_ladder.drawn_like`). Raises
    ValueError for no pieces.
    """
    if not pieces:
        raise ValueError("there are no pieces to compare with the training works")
    report(0.0, "learning the corpus by heart")
    index = PassageIndex(dataset)
    report(0.3, "looking for copied passages")
    ours = [index.find(_opening(piece.notes)) for piece in pieces]
    windows = read_real_windows(dataset, split, scale.real_windows, rng, bands=False)
    real = [index.find(window.notes) for window in windows]
    figures: dict[str, Any] = {}
    for stream in STREAMS:
        our_beats, real_beats = _beats(ours, stream), _beats(real, stream)
        own = GroupBootstrap([piece.cluster for piece in pieces], rng, draws=scale.draws)
        works = GroupBootstrap([window.work for window in windows], rng, draws=scale.draws)
        figures[stream] = {
            "ours": _percentile(our_beats, own, scale.draws),
            "real_p95": _percentile(real_beats, works, scale.draws),
            "longest": float(our_beats.max()),
            "share_above_real_p95": _share_above(our_beats, real_beats, own),
        }
    report(0.6, "climbing the ladder of copies")
    learnt = read_real_windows(dataset, "train", scale.rungs, rng, bands=False)
    figures["ladder"] = _ladder(index, learnt, engines, rng)
    figures["filter"] = _filter_figures(guard, pieces, windows, ours, real)
    # the tune is what is held against the bar
    whole = {**figures.pop("tune"), **figures}
    return PartResult(
        {"copying": whole}, {"copies": [_row(*pair) for pair in zip(pieces, ours, strict=True)]}
    )


def _opening(notes: Notes) -> Notes:
    return excerpt(notes, 0, min(notes.bars, WINDOW_BARS))


def _beats(found: Sequence[Mapping[str, CopiedPassage | None]], stream: str) -> np.ndarray:
    return np.array([0.0 if (passage := each[stream]) is None else passage.beats for each in found])


def _percentile(beats: np.ndarray, groups: GroupBootstrap, draws: int) -> dict[str, Any]:
    def percentile(places: np.ndarray) -> float:
        return float(np.percentile(beats[places], THRESHOLD_PERCENTILE))

    value = float(np.percentile(beats, THRESHOLD_PERCENTILE)) if len(beats) else float("nan")
    return interval_of(value, groups.statistic(percentile, draws)).to_json() | {
        "n": len(beats),
        "groups": groups.groups,
    }


def _share_above(ours: np.ndarray, real: np.ndarray, groups: GroupBootstrap) -> dict[str, Any]:
    above = ours > np.percentile(real, THRESHOLD_PERCENTILE)
    return interval_of(float(above.mean()), groups.means(above)).to_json() | {"n": len(ours)}


def _ladder(
    index: PassageIndex,
    windows: Sequence[RealWindow],
    engines: Mapping[str, Corruption],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return by rung the mean beats of the longest repeated tune, and how often each rung repeats more than the next."""
    rungs = {
        "trained": [window.notes for window in windows],
        "transposed": [_transposed(window.notes) for window in windows],
        **{name: [draw(window.notes, rng) for window in windows] for name, draw in engines.items()},
    }
    beats = {name: _beats([index.find(notes) for notes in rung], "tune") for name, rung in rungs.items()}
    found: dict[str, Any] = {
        name: {"mean_beats": round(float(rung.mean()), 3)} for name, rung in beats.items()
    }
    found["n"] = len(windows)
    found["transposed_equals_trained"] = bool((beats["trained"] == beats["transposed"]).all())
    found["trained_over"] = {
        name: round(float((beats["trained"] > beats[name]).mean()), 3) for name in engines
    }
    return found


def _transposed(notes: Notes) -> Notes:
    moved = (
        track if track.is_drums else replace(track, pitch=(track.pitch + TRANSPOSED_BY).astype(np.int16))
        for track in notes.tracks
    )
    return replace(notes, tracks=tuple(moved))


def _filter_figures(
    guard: PassageFilter,
    pieces: Sequence[CopyPiece],
    windows: Sequence[RealWindow],
    ours: Sequence[Mapping[str, CopiedPassage | None]],
    real: Sequence[Mapping[str, CopiedPassage | None]],
) -> dict[str, Any]:
    """Return what the shipped filter says of the same notes: its threshold, and how often it agrees with the index."""
    notes = [*(_opening(piece.notes) for piece in pieces), *(window.notes for window in windows)]
    told = np.array([guard.repeated(each)["tune"].longest_beats for each in notes])
    exact = _beats([*ours, *real], "tune")
    return {
        "threshold_beats": guard.threshold_beats("tune", WINDOW_BARS),
        "share_equal": round(float((told == exact).mean()), 4),
        "share_lower": round(float((told < exact).mean()), 4),
        "n": len(notes),
    }


def _row(piece: CopyPiece, found: Mapping[str, CopiedPassage | None]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": piece.name, "cluster": piece.cluster}
    for stream in STREAMS:
        passage = found[stream]
        told = {} if passage is None else asdict(passage)
        row[f"{stream}_beats"] = told.get("beats", 0.0)
        for name in ("first_bar", "last_bar", "credit", "source_first_bar", "source_last_bar"):
            row[f"{stream}_{name}"] = told.get(name, "")
    return row
