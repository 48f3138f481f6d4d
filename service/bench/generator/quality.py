"""How close composed notes are to real ones: a judge that tells them apart, clashes, form, and a distance between sets.

Judged are at most the first sixteen bars of a piece, less its last, which is an ending by construction; beside each stands
a real window of the same rows, metre and length. A figure counts only beside its ladder (`quality_ladder`), and the judge's
is called invalid where it does not find the controls.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from generator.measures.clash_levels import clash_levels, level_of
from generator.measures.clashes import clashes_per_100_notes
from generator.measures.corruptions import Corruption
from generator.measures.describe import feature_names
from generator.measures.discrepancy import Discrepancy
from generator.measures.excerpts import excerpt
from generator.measures.form import find_cadences, find_returns, has_true_ending
from generator.measures.two_sample import TREES, betraying_features, tell_apart
from generator.notes import Notes
from generator.windows import WINDOW_BARS
from service.bench.generator.quality_ladder import auc_figure, describe_all, form_gain, measure_ladder
from service.bench.generator.real_windows import Match, RealWindow, match_windows
from service.bench.intervals import GroupBootstrap, interval_of

Report = Callable[[float, str], None]

CONTROL_AUC = 0.9
CONTROLS = ("markov", "row_swapped")
"""What the judge must find, or it finds nothing."""

DRAWS = 300


@dataclass(frozen=True)
class OurPiece:
    """A composed piece; pieces of one `group`, such as a cluster's, never stand on both sides of a fold."""

    notes: Notes
    group: str
    style: str


@dataclass(frozen=True)
class Quality:
    """`figures` for the report, `rows` for tables, by name of the table."""

    figures: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]


def measure_quality(
    ours: Sequence[OurPiece],
    real: Sequence[RealWindow],
    learnt: Sequence[RealWindow],
    markov: Corruption,
    rng: np.random.Generator,
    report: Report,
    *,
    trees: int = TREES,
    draws: int = DRAWS,
) -> Quality:
    """Judge composed pieces beside windows of test works (`real`) and of training works (`learnt`).

    `markov` writes a piece of an order-1 Markov engine on the rows, metre and length of the one it is given
    (`quality_ladder.drawn_like`). Give several times as many windows as pieces, so that each finds its match. Raises
    ValueError where fewer than two pieces do, or all that do are of one group.
    """
    cut = [excerpt(piece.notes, 0, max(min(piece.notes.bars - 1, WINDOW_BARS), 1)) for piece in ours]
    matches = match_windows(cut, [piece.style for piece in ours], real, rng)
    if len(matches) < 2:
        raise ValueError(
            f"{len(matches)} of {len(ours)} pieces have a real window of the same rows and metre"
        )
    report(0.0, "telling composed notes from real ones")
    sides = _Sides.of(ours, cut, matches)
    real_found, our_found = describe_all(sides.real), describe_all(sides.ours)
    judged = tell_apart(real_found, our_found, sides.works, sides.groups, rng, trees=trees)
    ladder = measure_ladder(
        [match.window for match in matches],
        learnt,
        markov,
        rng,
        lambda share, words: report(0.2 + 0.7 * share, words),
        trees=trees,
        draws=draws,
    )
    controls = {name: ladder.aucs[name] for name in CONTROLS}
    report(0.9, "clashes and form")
    levels = clash_levels(
        [window.notes for window in learnt],
        [window.style for window in learnt],
        [window.work for window in learnt],
    )
    pieces = [
        _row(sides, place, match, ours[match.ours], levels, float(judged.chance[len(matches) + place]))
        for place, match in enumerate(matches)
    ]
    figures: dict[str, Any] = {
        "auc": auc_figure(judged, rng, draws)
        | {"valid": all(figure["value"] >= CONTROL_AUC for figure in controls.values())},
        "auc_controls": controls,
        "auc_real": ladder.aucs["real"],
        "mmd": _mmd_figure(real_found, our_found, sides, rng, draws),
        "matched": {"pieces": len(matches), "of": len(ours), "works": len(set(sides.works))},
        "clash_levels": levels,
        "ladder": ladder.measures,
        "auc_by_rows": _auc_by_rows(real_found, our_found, sides, rng, trees),
        "betraying": [asdict(one) for one in betraying_features(real_found, our_found, feature_names())],
        **_clash_figures(pieces, sides, rng, draws),
        **_form_figures(pieces, sides, rng, draws),
    }
    return Quality(figures, {"quality_pieces": pieces, "quality_ladder": ladder.rows})


def reconstruction_auc(
    ours: Sequence[Notes],
    real: Sequence[Notes],
    works: Sequence[str],
    rng: np.random.Generator,
    *,
    trees: int = TREES,
) -> dict[str, Any]:
    """Whether the same judge tells reconstructions from the windows they were made of, work by work left out."""
    judged = tell_apart(describe_all(real), describe_all(ours), works, works, rng, trees=trees)
    return auc_figure(judged, rng, DRAWS)


def _auc_by_rows(
    real_found: np.ndarray, our_found: np.ndarray, sides: "_Sides", rng: np.random.Generator, trees: int
) -> dict[str, float]:
    """What the judge finds when it sees one row, one pair of rows or the harmony alone: where the fault lies.

    Rows that rest in all pieces say nothing, and are left out.
    """
    family = np.array([name.split(":")[0] for name in feature_names()])
    told = {}
    for name in dict.fromkeys(family.tolist()):
        seen = family == name
        if not np.ptp(real_found[:, seen], axis=0).any() and not np.ptp(our_found[:, seen], axis=0).any():
            continue
        judged = tell_apart(
            real_found[:, seen], our_found[:, seen], sides.works, sides.groups, rng, trees=max(trees // 4, 1)
        )
        told[name] = round(judged.auc, 4)
    return told


@dataclass(frozen=True)
class _Sides:
    """Matched pieces and windows, as many of each: `ours` and `real` notes, whose groups, whose works."""

    ours: list[Notes]
    real: list[Notes]
    groups: list[str]
    works: list[str]

    @classmethod
    def of(cls, ours: Sequence[OurPiece], cut: Sequence[Notes], matches: Sequence[Match]) -> "_Sides":
        return cls(
            [cut[match.ours] for match in matches],
            [match.window.notes for match in matches],
            [ours[match.ours].group for match in matches],
            [match.window.work for match in matches],
        )


def _row(
    sides: _Sides, place: int, match: Match, piece: OurPiece, levels: Mapping[str, float], chance: float
) -> dict[str, Any]:
    mine, theirs = sides.ours[place], sides.real[place]
    returns, cadences = find_returns(mine), find_cadences(mine)
    real_returns, real_cadences = find_returns(theirs), find_cadences(theirs)
    return {
        "piece": match.ours,
        "group": piece.group,
        "style": piece.style,
        "real_work": match.window.work,
        "real_style": match.window.style,
        "chance_composed": round(chance, 4),
        "clashes": round(clashes_per_100_notes(mine), 3),
        "clash_level": level_of(piece.style, levels),
        "real_clashes": round(clashes_per_100_notes(theirs), 3),
        "real_clash_level": level_of(match.window.style, levels),
        "form_gain": round(form_gain(mine), 4),
        "real_form_gain": round(form_gain(theirs), 4),
        "returns": returns.returns,
        "varied_returns": returns.varied,
        "real_returns": real_returns.returns,
        "real_varied_returns": real_returns.varied,
        "phrase_ends": cadences.phrase_ends,
        "cadences": cadences.cadences,
        "real_phrase_ends": real_cadences.phrase_ends,
        "real_cadences": real_cadences.cadences,
        "true_ending": has_true_ending(piece.notes),
    }


def _column(pieces: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    return np.array([piece[name] for piece in pieces], dtype=np.float64)


def _share_figure(
    values: np.ndarray, groups: Sequence[str], rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    drawn = GroupBootstrap(groups, rng, draws=draws).means(values)
    return interval_of(float(values.mean()), drawn).to_json() | {"n": len(values)}


def _clash_figures(
    pieces: Sequence[Mapping[str, Any]], sides: _Sides, rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    """Shares of pieces that clash no more than their style's real level; of real windows about 95 % should."""
    within = _column(pieces, "clashes") <= _column(pieces, "clash_level")
    real_within = _column(pieces, "real_clashes") <= _column(pieces, "real_clash_level")
    return {
        "clash_share": _share_figure(within.astype(np.float64), sides.groups, rng, draws),
        "clash_share_real": _share_figure(real_within.astype(np.float64), sides.works, rng, draws),
        "clashes": _share_figure(_column(pieces, "clashes"), sides.groups, rng, draws),
        "clashes_real": _share_figure(_column(pieces, "real_clashes"), sides.works, rng, draws),
    }


def _form_figures(
    pieces: Sequence[Mapping[str, Any]], sides: _Sides, rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    gain, real_gain = _column(pieces, "form_gain"), _column(pieces, "real_form_gain")
    long = np.isfinite(gain)
    told: dict[str, Any] = {
        "varied_returns": _ratio(pieces, "varied_returns", "returns"),
        "varied_returns_real": _ratio(pieces, "real_varied_returns", "real_returns"),
        "cadences": _ratio(pieces, "cadences", "phrase_ends"),
        "cadences_real": _ratio(pieces, "real_cadences", "real_phrase_ends"),
        "true_endings": _share_figure(_column(pieces, "true_ending"), sides.groups, rng, draws),
    }
    if not long.any():
        return {"form": told}
    groups = [group for group, kept in zip(sides.groups, long, strict=True) if kept]
    works = [work for work, kept in zip(sides.works, long, strict=True) if kept]
    drawn = GroupBootstrap(groups, rng, draws=draws).means(gain[long])
    real_drawn = GroupBootstrap(works, rng, draws=draws).means(real_gain[long])
    told |= {
        "gain": interval_of(float(gain[long].mean()), drawn).to_json(),
        "gain_real": interval_of(float(real_gain[long].mean()), real_drawn).to_json(),
    }
    share = float(gain[long].mean() / real_gain[long].mean())
    return {
        "form_share": interval_of(share, drawn / real_drawn).to_json() | {"n": int(long.sum())},
        "form": told,
    }


def _ratio(pieces: Sequence[Mapping[str, Any]], part: str, whole: str) -> dict[str, Any]:
    total = int(_column(pieces, whole).sum())
    return {"value": round(float(_column(pieces, part).sum()) / total, 4) if total else None, "n": total}


def _mmd_figure(
    real_found: np.ndarray, our_found: np.ndarray, sides: _Sides, rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    # each piece is a group of its own here: pieces of one cluster that are all alike must not go unseen
    pieces = [f"piece {number}" for number in range(len(our_found))]
    kernels = Discrepancy.of(real_found, our_found, sides.works, pieces)
    ones = np.ones(len(real_found))
    mine, theirs = (_weights(groups, rng, draws) for groups in (sides.groups, sides.works))
    drawn = np.array([kernels.value(*weights) for weights in zip(theirs, mine, strict=True)])
    return interval_of(kernels.value(ones, ones), drawn).to_json() | {"n": len(ones)}


def _weights(groups: Sequence[str], rng: np.random.Generator, draws: int) -> np.ndarray:
    """Return how often each example is drawn (draws, examples) when whole groups are drawn with replacement."""
    count = len(groups)
    bootstrap = GroupBootstrap(groups, rng, draws=draws)
    drawn: list[np.ndarray] = []

    def keep(places: np.ndarray) -> float:
        drawn.append(np.bincount(places, minlength=count))
        return 0.0

    bootstrap.statistic(keep, draws)
    return np.stack(drawn)
