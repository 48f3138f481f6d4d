"""The gap between rendered and real audio: does a recording find the render of its own notes, before and after correction?"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from generator.taste.anchors import measure_hubness
from generator.taste.domain_shift import (
    DomainShift,
    damped_shift,
    half_shift,
    mean_shift,
    no_shift,
    removed_shift,
)
from service.bench.ear.pair_gathering import TRANSCRIBED, WRITTEN, Hear, Pairs, Report, gather_pairs
from service.bench.intervals import GroupBootstrap, Interval, interval_of
from service.errors import InvalidRequest

NEAR = 10
REMOVED_DIRECTIONS = 10
HARD_FLOOR = 0.01
FEWEST_TRACKS_ALONE = 3
FEWEST_TO_FIT_ON = 2
Fit = Callable[[np.ndarray, np.ndarray], DomainShift]

BEFORE, SHIPPED = "none", "half, hubs"
"""The plain cosine, and what the anchors' table does."""

CORRECTIONS: dict[str, tuple[Fit, bool]] = {
    BEFORE: (lambda real, _: no_shift(real.shape[1]), False),
    "none, hubs": (lambda real, _: no_shift(real.shape[1]), True),
    "mean": (mean_shift, False),
    "mean, hubs": (mean_shift, True),
    "removed, hubs": (lambda real, rendered: removed_shift(real, rendered, REMOVED_DIRECTIONS), True),
    "damped": (damped_shift, False),
    "damped, hubs": (damped_shift, True),
    SHIPPED: (half_shift, True),
    "damped hard, hubs": (lambda real, rendered: damped_shift(real, rendered, HARD_FLOOR), True),
}
"""What is fitted on the pairs of other packages; with hubs, similarities are corrected for them by CSLS."""


_TIE = 1e-6
"""Nearer than this is equally near: the last bits of a product depend on where in a matrix a row stands."""


@dataclass(frozen=True)
class RankFigures:
    """Of a set of pairs: shares whose own render ranks first and among ten, and the mean of 1 / rank."""

    pairs: int
    candidates: int
    recall_at_1: Interval
    recall_at_10: Interval
    reciprocal_rank: Interval

    def to_json(self) -> dict[str, Any]:
        """Counts, and figures with their intervals."""
        parts = (self.recall_at_1, self.recall_at_10, self.reciprocal_rank)
        names = ("recall_at_1", "recall_at_10", "mean_reciprocal_rank")
        figures = {name: part.to_json() for name, part in zip(names, parts, strict=True)}
        return {"pairs": self.pairs, "candidates": self.candidates, **figures}


@dataclass(frozen=True)
class PairFigures:
    """`figures`: question -> correction -> figures; `ranks`: the same -> ranks (pairs,), 1 = first, 0 = not asked.

    Questions: `transcribed` (the bar is theirs) and `written` among all renders, both `among anchors` too where anchors
    were given, and the controls `another's render` and `fitted on shuffled pairs` of the transcribed, and
    `written alone`, fitted and tested on recordings of corpus pieces.
    """

    pairs: Pairs
    figures: dict[str, dict[str, RankFigures]]
    ranks: dict[str, dict[str, np.ndarray]] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """What was found, without the single pairs."""
        kinds = [pair.kind for pair in self.pairs.pairs]
        return {
            "pairs": {kind: kinds.count(kind) for kind in (TRANSCRIBED, WRITTEN)},
            "tracks": len({pair.track for pair in self.pairs.pairs}),
            "packages": len({pair.package for pair in self.pairs.pairs}),
            "left_out": dict(self.pairs.left_out),
            "before": BEFORE,
            "after": SHIPPED,
            "figures": {
                question: {name: figures.to_json() for name, figures in by_correction.items()}
                for question, by_correction in self.figures.items()
            },
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a pair: where it comes from, and its rank by question and correction."""
        return [
            {
                **vars(pair),
                "ranks": {
                    f"{question}: {name}": int(ranks[number])
                    for question, by_correction in self.ranks.items()
                    for name, ranks in by_correction.items()
                    if ranks[number]
                },
            }
            for number, pair in enumerate(self.pairs.pairs)
        ]


def measure_pairs(
    library_dir: Path, corpus_dir: Path, hear: Hear, report: Report, *, anchors: np.ndarray | None = None
) -> PairFigures:
    """Gather pairs of one content and measure how often a recording finds its own render, before and after correction.

    `hear` is `TrackEncoder.encode`; `anchors` (anchors, dimensions), unit vectors of the same encoder, compete where
    given. About 4 s of processor time a pair, some 125 pairs of 13 packages. Raises what
    `gather_pairs` and `figures_of_pairs` raise.
    """
    return figures_of_pairs(
        gather_pairs(library_dir, corpus_dir, hear, report), np.random.default_rng(0), anchors=anchors
    )


def figures_of_pairs(
    pairs: Pairs, rng: np.random.Generator, *, anchors: np.ndarray | None = None
) -> PairFigures:
    """Rank each pair's own render among all renders; a correction is fitted on the other packages' pairs only.

    Renders of the same track's other excerpts do not compete. Raises InvalidRequest (too_few_packages) where leaving one
    package out leaves fewer than two pairs to fit on.
    """
    _, packages, tracks = _columns(pairs)
    if len(packages) - np.unique(packages, return_counts=True)[1].max() < FEWEST_TO_FIT_ON:
        raise InvalidRequest(
            "Pairs of at least two top-level folders are needed: a correction is not tested where it was fitted.",
            code="too_few_packages",
        )
    ranks: dict[str, dict[str, np.ndarray]] = {}
    figures: dict[str, dict[str, RankFigures]] = {}
    for name, question in _questions(pairs, rng, anchors).items():
        ranks[name] = {
            correction: _ranks(pairs, question, fit, hubs=hubs)
            for correction, (fit, hubs) in CORRECTIONS.items()
        }
        figures[name] = {
            correction: _figures(found, question, tracks) for correction, found in ranks[name].items()
        }
    return PairFigures(pairs, figures, ranks)


@dataclass(frozen=True)
class _Question:
    """`asks`, `competes` (pairs,) bool; `groups` (pairs,) that are left out together; `answers` and `fitted_to` (pairs,)
    number the render that is right for a recording, and the one it is fitted to; `others` (n, dimensions) compete too.
    """

    asks: np.ndarray
    competes: np.ndarray
    groups: np.ndarray
    answers: np.ndarray
    fitted_to: np.ndarray
    others: np.ndarray


def _questions(pairs: Pairs, rng: np.random.Generator, anchors: np.ndarray | None) -> dict[str, _Question]:
    kinds, packages, tracks = _columns(pairs)
    numbers = np.arange(len(kinds))
    transcribed, written = kinds == TRANSCRIBED, kinds == WRITTEN
    nothing = np.zeros((0, pairs.real.shape[1]), np.float32)
    plain = _Question(transcribed, np.ones_like(transcribed), packages, numbers, numbers, nothing)
    questions = {TRANSCRIBED: plain, WRITTEN: replace(plain, asks=written)}
    if anchors is not None:
        questions |= {
            f"{kind} among anchors": replace(question, others=anchors) for kind, question in questions.items()
        }
    questions["another's render"] = replace(plain, answers=_anothers(packages, rng))
    questions["fitted on shuffled pairs"] = replace(plain, fitted_to=_shuffled(packages, rng))
    if len(set(tracks[written])) >= FEWEST_TRACKS_ALONE:
        questions["written alone"] = replace(plain, asks=written, competes=written, groups=tracks)
    return {name: question for name, question in questions.items() if question.asks.any()}


def _ranks(pairs: Pairs, question: _Question, fit: Fit, *, hubs: bool) -> np.ndarray:
    """Return ranks (pairs,) of the right renders, 1 = first, 0 = did not ask.

    For each group the correction is fitted on the others that compete, and hubs are measured among their recordings.
    """
    _, _, tracks = _columns(pairs)
    ranks = np.zeros(len(tracks), np.int64)
    for group in np.unique(question.groups[question.asks]):
        asks = question.asks & (question.groups == group)
        rest = question.competes & (question.groups != group)
        shift = fit(pairs.real[rest], pairs.rendered[question.fitted_to[rest]])
        targets = shift.targets(np.concatenate([pairs.rendered, question.others]))
        nearness = shift.queries(pairs.real[asks]) @ targets.T
        if hubs:
            nearness = 2.0 * nearness - measure_hubness(targets, shift.queries(pairs.real[rest]))
        right = question.answers[asks]
        own = np.take_along_axis(nearness, right[:, None], axis=1)
        competes = np.ones_like(nearness, bool)
        competes[:, : len(tracks)] = question.competes & (tracks[right][:, None] != tracks)
        ranks[asks] = 1 + ((nearness >= own - _TIE) & competes).sum(1)
    return ranks


def _columns(pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kinds, packages, tracks = zip(
        *((pair.kind, pair.package, pair.track) for pair in pairs.pairs), strict=True
    )
    return np.array(kinds), np.array(packages), np.array(tracks)


def _figures(ranks: np.ndarray, question: _Question, tracks: np.ndarray) -> RankFigures:
    asked = ranks[question.asks]
    groups = question.groups[question.asks]
    # of one package nothing can be drawn but itself: its tracks are drawn instead
    drawn = groups if len(set(groups)) > 1 else tracks[question.asks]
    bootstrap = GroupBootstrap(drawn.tolist(), np.random.default_rng(0))
    values = ((asked == 1).astype(float), (asked <= NEAR).astype(float), 1.0 / asked)
    parts = [interval_of(float(value.mean()), bootstrap.means(value)) for value in values]
    return RankFigures(len(asked), int(question.competes.sum()) + len(question.others), *parts)


def _shuffled(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a render's number for each recording, shuffled inside its group: none but the pairing is lost."""
    numbers = np.arange(len(groups))
    for group in np.unique(groups):
        mine = np.flatnonzero(groups == group)
        numbers[mine] = rng.permutation(mine)
    return numbers


def _anothers(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for each recording the number of a render of another group."""
    return np.array([rng.choice(np.flatnonzero(groups != group)) for group in groups], np.int64)
