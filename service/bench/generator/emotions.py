"""Whether the mood that was asked for is heard: requests on a grid of valence and arousal, composed, and judged by ear.

Two grids: in `free` the mood moves everything that `generator.emotion_map` lets it move; in `fixed` tempo, rows and programs are
those of the neutral request, so that only how the music is written and played can tell. Every piece has its own seed.
"""

import csv
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from scipy.stats import rankdata

from generator.conditioning import Conditioning
from generator.emotion_map import emotion_to_music
from service.bench.ear.emotion_truth import AXES, rank_correlation
from service.bench.ear.emotions import WORDS
from service.bench.ear.known_tracks import packaged_tracks
from service.bench.generator.emotion_judges import ESTIMATOR, JUDGES, Listener, verdicts
from service.bench.intervals import GroupBootstrap, interval_of

FREE, FIXED = "free", "fixed"
LEVELS = (-1.0, -0.5, 0.0, 0.5, 1.0)
QUICK_LEVELS = (-1.0, 1.0)
FIXED_VALENCES = (-0.5, 0.0, 0.5)
DRAWS = 1_000

Row = dict[str, Any]


@dataclass(frozen=True)
class MoodRequest:
    """A request with the mood it asks for: `grid` is "free" or "fixed", `base` names the style it starts from."""

    name: str
    grid: str
    base: str
    valence: float
    arousal: float
    conditioning: Conditioning
    seed: int


def mood_requests(
    bases: Mapping[str, Conditioning], *, seconds: float, seed: int, quick: bool = False
) -> list[MoodRequest]:
    """The requests of both grids for each base, a neutral conditioning of one style; `quick` asks for the corners alone."""
    free_grid = list(itertools.product(QUICK_LEVELS if quick else LEVELS, repeat=2))
    fixed_valences = (0.0,) if quick else FIXED_VALENCES
    fixed_grid = list(itertools.product(fixed_valences, QUICK_LEVELS if quick else LEVELS))
    places = [(FREE, place) for place in free_grid] + [(FIXED, place) for place in fixed_grid]
    requests: list[MoodRequest] = []
    for base_name, base in bases.items():
        for grid, (valence, arousal) in places:
            mood = emotion_to_music(valence, arousal)
            asked = replace(base, seconds=seconds)
            if grid == FREE:
                asked = asked.with_mood(mood).with_band(mood)
            else:
                asked = asked.with_mood(replace(mood, tempo_factor=1.0))
            name = f"{grid}-{base_name}-v{valence:+.1f}-a{arousal:+.1f}"
            requests.append(
                MoodRequest(
                    name, grid, base_name, valence, arousal, asked, seed * 10_000 + 10 * len(requests)
                )
            )
    return requests


def hear_moods(
    requests: Sequence[MoodRequest],
    compose: Callable[[MoodRequest], tuple[np.ndarray, int]],
    listener: Listener,
    report: Callable[[float, str], None],
) -> list[Row]:
    """A row for each request: what was asked, and what the judges heard in the sound (channels, n) and rate of `compose`."""
    rows: list[Row] = []
    for done, request in enumerate(requests):
        report(done / len(requests), f"composed {done} of {len(requests)} moods")
        heard = listener(*compose(request))
        rows.append(
            {
                "name": request.name,
                "grid": request.grid,
                "base": request.base,
                "seed": request.seed,
                "asked_valence": request.valence,
                "asked_arousal": request.arousal,
                **{f"heard_{name}": round(value, 6) for name, value in heard.items()},
            }
        )
    return rows


def measure_emotions(
    rows: Sequence[Row], labelled: Sequence[Row], rng: np.random.Generator, *, draws: int = DRAWS
) -> dict[str, Any]:
    """Rank correlations of asked and heard: `arousal` and `valence` of the free grid, `arousal_fixed` of the fixed one.

    The headline figures are those of our own estimator. In the free grid pieces of all bases are ranked together; in the fixed one
    each base, which is one tempo and one instrumentation, is ranked by itself (the other way is told beside: `within`, `pooled`).
    `judges` has the figures of each judge with intervals (bootstrap over pieces), by base, and under permuted requests: the pooled
    correlation that 95 % of the permutations stay below, and the share of them that reach what was found. `judge_arousal` and
    `judge_valence` say how well each judge orders tracks whose mood people have told (`labelled`, rows of `labelled_rows`): no
    figure of the generator means more than its judge's.
    """
    told = {
        judge: {
            "arousal": _agreement(rows, FREE, "arousal", judge, rng, draws),
            "arousal_fixed": _agreement(rows, FIXED, "arousal", judge, rng, draws),
            "valence": _agreement(rows, FREE, "valence", judge, rng, draws),
            **{f"judge_{axis}": _labelled_agreement(labelled, axis, judge, rng, draws) for axis in AXES},
        }
        for judge in JUDGES
    }
    headline = {name: figure["value"] for name, figure in told[ESTIMATOR].items()}
    counts = {grid: sum(row["grid"] == grid for row in rows) for grid in (FREE, FIXED)}
    return {**headline, "n": counts, "labelled_n": len(labelled), "judges": told}


def labelled_rows(listener: Listener) -> list[Row]:
    """What the judges hear in the packaged tracks, whose makers were asked for a mood: rows with the word's place beside."""
    rows: list[Row] = []
    for track in packaged_tracks():
        samples, sample_rate = soundfile.read(track.path, dtype="float32", always_2d=True)
        valence, arousal = WORDS[track.mood]
        heard = {f"heard_{name}": value for name, value in listener(samples.T, sample_rate).items()}
        # tracks of one mood and kind come from one description: they are one witness
        group = track.path.stem.rpartition("_")[0]
        rows.append({"name": track.path.stem, "base": group} | heard)
        rows[-1] |= {"asked_valence": valence, "asked_arousal": arousal}
    return rows


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write rows of one shape as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def _agreement(
    rows: Sequence[Row], grid: str, axis: str, judge: str, rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    mine = [row for row in rows if row["grid"] == grid]
    if len(mine) < 2:
        return {"value": None, "low": None, "high": None, "n": len(mine)}
    asked, heard = _asked_and_heard(mine, axis, judge)
    bases = np.array([row["base"] for row in mine])

    def within(places: np.ndarray) -> float:
        return _correlation_within(asked[places], heard[places], bases[places])

    def pooled(places: np.ndarray) -> float:
        return rank_correlation(asked[places], heard[places])

    everywhere = np.arange(len(mine))
    headline, other = (within, pooled) if grid == FIXED else (pooled, within)
    bootstrap = GroupBootstrap([row["name"] for row in mine], rng)
    interval = interval_of(headline(everywhere), bootstrap.statistic(headline, draws=draws))
    permuted = np.array([rank_correlation(rng.permutation(asked), heard) for _ in range(draws)])
    return {
        **{name: _rounded(value) for name, value in vars(interval).items()},
        "n": len(mine),
        other.__name__: _rounded(other(everywhere)),
        "by_base": {
            str(base): _rounded(pooled(np.flatnonzero(bases == base))) for base in dict.fromkeys(bases)
        },
        "permuted_p95": _rounded(float(np.nanquantile(permuted, 0.95))),
        "permuted_reach": _rounded(float(np.mean(permuted >= pooled(everywhere)))),
    }


def _correlation_within(asked: np.ndarray, heard: np.ndarray, bases: np.ndarray) -> float:
    """Spearman's correlation of ranks taken within each base: one instrumentation at a time is compared with itself."""
    ranks = [np.zeros(len(asked)) for _ in range(2)]
    for base in np.unique(bases):
        mine = bases == base
        for side, values in zip(ranks, (asked, heard), strict=True):
            side[mine] = (rankdata(values[mine]) - 0.5) / mine.sum() - 0.5
    return rank_correlation(ranks[0], ranks[1])


def _labelled_agreement(
    rows: Sequence[Row], axis: str, judge: str, rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    if len(rows) < 2:
        return {"value": None, "low": None, "high": None, "n": len(rows)}
    asked, heard = _asked_and_heard(rows, axis, judge)
    drawn = GroupBootstrap([row["base"] for row in rows], rng).statistic(
        lambda places: rank_correlation(asked[places], heard[places]), draws=draws
    )
    interval = interval_of(rank_correlation(asked, heard), drawn)
    return {name: _rounded(value) for name, value in vars(interval).items()} | {"n": len(rows)}


def _asked_and_heard(rows: Sequence[Row], axis: str, judge: str) -> tuple[np.ndarray, np.ndarray]:
    prefix = "heard_"
    heard = [
        {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
        for row in rows
    ]
    return np.array([row[f"asked_{axis}"] for row in rows], dtype=float), verdicts(heard, judge, axis)


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 4)
