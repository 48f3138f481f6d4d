"""The ladder of the measures of quality: real windows, and the same made worse in four ways."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from generator.conditioning import STYLE_DIMENSIONS, TEMPO_RANGE_BPM, Conditioning
from generator.engines.protocol import NotesEngine
from generator.measures.clashes import clashes_per_100_notes
from generator.measures.corruptions import (
    Corruption,
    jitter_pitch,
    shuffle_bars,
    swap_row,
    swappable_rows,
    tonic_in_major,
)
from generator.measures.describe import describe
from generator.measures.discrepancy import Discrepancy
from generator.measures.excerpts import excerpt
from generator.measures.form import SHORTEST_FORM_BARS, form_similarity
from generator.measures.ladder import RUNGS, ladder_order
from generator.measures.two_sample import TwoSample, area_under_curve, tell_apart
from generator.notes import Notes
from generator.sound.rendering import TAIL_SECONDS
from service.bench.generator.real_windows import RealWindow, match_windows
from service.bench.intervals import GroupBootstrap, interval_of

Report = Callable[[float, str], None]

OWN_LADDERS = {
    "auc": ("real", "jittered", "shuffled", "row_swapped", "markov"),
    "mmd": ("real", "row_swapped", "markov"),
    "clashes": ("real", "jittered", "row_swapped"),
    "form": ("real", "shuffled"),
}
"""What each measure is meant to hear, mildest first, as works held out for validation have it: a few wrong notes are harder
to find than a whole row from elsewhere, shuffled bars clash no more than they did, and a swapped row keeps the form."""


@dataclass(frozen=True)
class Ladder:
    """`aucs` of the judge for each rung (its "real" is training works against the windows), and every measure's order."""

    aucs: dict[str, dict[str, Any]]
    measures: dict[str, dict[str, Any]]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class _Rungs:
    """Windows (n), their works, and for each rung as many pieces of notes; those of "real" are of `other_works`."""

    windows: list[Notes]
    works: list[str]
    notes: dict[str, list[Notes]]
    other_works: list[str]


def measure_ladder(
    windows: Sequence[RealWindow],
    learnt: Sequence[RealWindow],
    markov: Corruption,
    rng: np.random.Generator,
    report: Report,
    *,
    trees: int,
    draws: int,
) -> Ladder:
    """Measure every rung made of `windows`, all on the same draws of their works.

    `learnt` are windows of other works, real too, which no measure should tell from `windows`. Raises ValueError where
    fewer than two windows have both a row to swap in and a real window to stand beside.
    """
    rungs = _make_rungs(windows, learnt, markov, rng)
    bootstrap = GroupBootstrap(rungs.works, rng, draws=draws)
    base = describe_all(rungs.windows)
    aucs: dict[str, dict[str, Any]] = {}
    badness: dict[str, dict[str, np.ndarray]] = {"auc": {}, "mmd": {}, "clashes": {}, "form": {}}
    values: dict[str, dict[str, float]] = {name: {} for name in badness}
    for number, rung in enumerate(RUNGS):
        report(number / len(RUNGS), f"the ladder: {rung.replace('_', ' ')}")
        found = describe_all(rungs.notes[rung])
        works = rungs.other_works if rung == "real" else rungs.works
        judged = tell_apart(base, found, rungs.works, works, rng, trees=trees)
        aucs[rung] = auc_figure(judged, rng, draws)
        values["auc"][rung] = judged.auc
        badness["auc"][rung] = bootstrap.statistic(partial(_auc_at, judged), draws)
        kernels = Discrepancy.of(base, found, rungs.works, works)
        values["mmd"][rung] = _mmd_at(kernels, np.arange(len(base)))
        badness["mmd"][rung] = bootstrap.statistic(partial(_mmd_at, kernels), draws)
        heard = rungs.windows if rung == "real" else rungs.notes[rung]
        for measure, of_each in (
            ("clashes", np.array([clashes_per_100_notes(notes) for notes in heard])),
            ("form", -np.array([form_gain(notes) for notes in heard])),
        ):
            values[measure][rung] = float(np.nanmean(of_each)) if np.isfinite(of_each).any() else float("nan")
            badness[measure][rung] = bootstrap.means(np.nan_to_num(of_each, nan=float(values[measure][rung])))
    return Ladder(aucs, *_told(values, badness, len(base)))


def _told(
    values: dict[str, dict[str, float]], badness: dict[str, dict[str, np.ndarray]], count: int
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    measures: dict[str, dict[str, Any]] = {}
    rows = []
    for measure, of_rungs in values.items():
        order = ladder_order(badness[measure])
        own = ladder_order(badness[measure], OWN_LADDERS[measure])
        sign = -1.0 if measure == "form" else 1.0
        told = {
            rung: interval_of(sign * value, sign * badness[measure][rung]).to_json()
            for rung, value in of_rungs.items()
        }
        measures[measure] = {
            "rungs": told,
            "pairs_in_order": {pair: round(share, 3) for pair, share in order.pairs.items()},
            "kept": round(order.kept, 3),
            "kept_against_real": round(order.kept_against_real, 3),
            "admitted": order.admitted,
            "tells_from_real": order.tells_from_real,
            "own_ladder": list(OWN_LADDERS[measure]),
            "own_kept": round(own.kept, 3),
            "admitted_on_own": own.admitted,
            "n": count,
        }
        rows += [{"measure": measure, "rung": rung, **figure, "n": count} for rung, figure in told.items()]
    return measures, rows


def _make_rungs(
    windows: Sequence[RealWindow], learnt: Sequence[RealWindow], markov: Corruption, rng: np.random.Generator
) -> _Rungs:
    beside = match_windows(
        [window.notes for window in windows], [window.style for window in windows], learnt, rng
    )
    made: dict[str, list[Notes]] = {rung: [] for rung in RUNGS}
    kept, other_works = [], []
    for match in beside:
        window = windows[match.ours]
        donor = _donor(window, windows, rng)
        if donor is None:
            continue
        kept.append(window)
        other_works.append(match.window.work)
        made["real"].append(match.window.notes)
        made["row_swapped"].append(swap_row(window.notes, donor, rng))
        made["jittered"].append(jitter_pitch(window.notes, rng))
        made["shuffled"].append(shuffle_bars(window.notes, rng))
        made["markov"].append(markov(window.notes, rng))
    if len({window.work for window in kept}) < 2:
        raise ValueError(
            "the ladder needs windows of two works that have rows to swap and real windows beside them"
        )
    return _Rungs([window.notes for window in kept], [window.work for window in kept], made, other_works)


def _donor(window: RealWindow, windows: Sequence[RealWindow], rng: np.random.Generator) -> Notes | None:
    for number in rng.permutation(len(windows)):
        other = windows[int(number)]
        fits = other.notes.beats_per_bar == window.notes.beats_per_bar
        if other.work != window.work and fits and swappable_rows(window.notes, other.notes):
            return other.notes
    return None


def drawn_like(engine: NotesEngine) -> Corruption:
    """Return what has an engine write a piece on the rows, programs, tempo, metre, key and length of a given one."""

    def drawn(notes: Notes, rng: np.random.Generator) -> Notes:
        low, high = TEMPO_RANGE_BPM
        tempo = float(np.clip(notes.tempo_bpm, low, high))
        asked = Conditioning(
            seconds=notes.bars * notes.beats_per_bar * 60.0 / tempo + TAIL_SECONDS,
            tempo_bpm=tempo,
            key=tonic_in_major(notes),
            mode="major",
            style=(0.0,) * STYLE_DIMENSIONS,
            programs={track.row: track.program for track in notes.tracks if len(track.onset_steps)},
            metre="4/4" if notes.beats_per_bar == 4 else "3/4",
        )
        return excerpt(engine.draw_notes(asked, int(rng.integers(2**31))), 0, notes.bars)

    return drawn


def describe_all(windows: Sequence[Notes]) -> np.ndarray:
    """Return descriptions (windows, features)."""
    return np.stack([describe(notes) for notes in windows])


def form_gain(notes: Notes) -> float:
    """Return how much form a piece has (`FormSimilarity.gain`), nan where it is too short for any."""
    return form_similarity(notes).gain if notes.bars >= SHORTEST_FORM_BARS else float("nan")


def auc_figure(judged: TwoSample, rng: np.random.Generator, draws: int) -> dict[str, Any]:
    """The area under the curve with its interval over groups, and how many examples are on each side."""
    bootstrap = GroupBootstrap(judged.groups.tolist(), rng, draws=draws)
    drawn = bootstrap.statistic(
        lambda places: area_under_curve(judged.chance[places], judged.is_other[places]), draws
    )
    count = int(judged.is_other.sum())
    return interval_of(judged.auc, drawn).to_json() | {"n": count, "n_real": len(judged.is_other) - count}


def _auc_at(judged: TwoSample, places: np.ndarray) -> float:
    """Return the area for the windows at `places` and the others made of them or standing beside them."""
    half = len(judged.chance) // 2
    both = np.concatenate([places, places + half])
    return area_under_curve(judged.chance[both], judged.is_other[both])


def _mmd_at(kernels: Discrepancy, places: np.ndarray) -> float:
    weight = np.bincount(places, minlength=len(kernels.real))
    return kernels.value(weight, weight)
