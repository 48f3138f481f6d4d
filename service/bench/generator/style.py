"""Which cluster was it composed for? Asked of a judge that learned from recordings alone, none of which a request was made of.

The judge is a linear discriminant analysis with a shrunk covariance (O. Ledoit and M. Wolf, "Honey, I shrunk the sample
covariance matrix", 2004) over the embedding and a few descriptors. What all renders share tells no cluster, so each set of
pieces is first placed where the recordings lie, by its own mean, which knows no cluster; the shares as heard, without that,
are told beside. Ours stands between a floor, where it is anybody's guess for whom a piece was composed, and an oracle:
renders of the corpus passages nearest to the same tracks. The ceiling is the recordings that asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from service.bench.ear.heard_store import HeardTrack
from service.bench.intervals import GroupBootstrap, interval_of

PERMUTATIONS = 10_000
DESCRIPTORS = ("beat_strength", "onset_rate", "percussive_share", "brightness_hz", "roughness", "key_clarity")
_ON_A_LOG_SCALE = ("onset_rate", "brightness_hz")
_DESCRIPTORS_COUNT = 0.3
"""A descriptor of one deviation counts as much as about one of the embedding's numbers."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Pieces to be judged: their names, features (pieces, features), and the clusters they were made for or belong to."""

    names: tuple[str, ...]
    features: np.ndarray
    clusters: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str], heard: Sequence[HeardTrack], clusters: Sequence[str]) -> "Judged":
        """From what was heard of each."""
        columns = []
        for name in DESCRIPTORS:
            column = np.array([float(each.facts[name]) for each in heard])
            columns.append(np.log(np.maximum(column, 1e-3)) if name in _ON_A_LOG_SCALE else column)
        vectors = np.stack([each.vector for each in heard]).astype(np.float64)
        return cls(
            tuple(names), np.concatenate([vectors, np.stack(columns, axis=1)], axis=1), tuple(clusters)
        )


class StyleJudge:
    """Tells clusters apart by what recordings of them sound like, each cluster as likely as any other."""

    def __init__(self, recordings: Judged) -> None:
        """Learn; raises ValueError where there are fewer than two clusters, or one with a single recording."""
        self.clusters, numbers = np.unique(recordings.clusters, return_inverse=True)
        counts = np.bincount(numbers)
        if len(counts) < 2 or counts.min() < 2:
            raise ValueError("a judge needs two clusters of two recordings or more")
        descriptors = recordings.features[:, -len(DESCRIPTORS) :]
        self._scale = np.ones(recordings.features.shape[1])
        self._scale[-len(DESCRIPTORS) :] = _DESCRIPTORS_COUNT / np.maximum(descriptors.std(0), 1e-9)
        scaled = recordings.features * self._scale
        self._middle = np.mean([scaled[numbers == number].mean(0) for number in range(len(counts))], axis=0)
        even = np.full(len(counts), 1.0 / len(counts))
        self._analysis = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=even)
        self._analysis.fit(scaled, numbers)

    def scores(self, pieces: Judged, *, placed: bool = True) -> np.ndarray:
        """How well each piece fits each cluster, log odds (pieces, clusters); `placed` where the recordings lie, or as heard."""
        scaled = pieces.features * self._scale
        if placed:
            scaled = scaled - scaled.mean(0) + self._middle
        found: np.ndarray = self._analysis.predict_log_proba(scaled)
        return found

    def numbers(self, pieces: Judged) -> np.ndarray:
        """The clusters' numbers (pieces,); raises ValueError where a piece is for a cluster the judge does not know."""
        unknown = set(pieces.clusters) - set(self.clusters.tolist())
        if unknown:
            raise ValueError(f"the judge knows no cluster {min(unknown)!r}")
        return np.searchsorted(self.clusters, pieces.clusters)


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a judge says of a set: scores (pieces, clusters), the clusters they were for, and which was told (pieces,)."""

    scores: np.ndarray
    asked: np.ndarray

    @property
    def told(self) -> np.ndarray:
        """The likeliest cluster of each piece."""
        return np.asarray(self.scores.argmax(1))

    @property
    def share(self) -> float:
        """How many are told to be for the cluster they were for; chance is one by the number of clusters."""
        return float((self.told == self.asked).mean())

    @property
    def order(self) -> float:
        """How often a piece for a cluster fits it better than a piece for another one does, mean over clusters; chance .5."""
        found = []
        for number in np.unique(self.asked):
            own, others = self.scores[self.asked == number, number], self.scores[self.asked != number, number]
            if len(others):
                above = (own[:, None] > others).mean() + 0.5 * (own[:, None] == others).mean()
                found.append(float(above))
        return float(np.mean(found)) if found else 0.5


def measure_style(
    judge: StyleJudge,
    *,
    ours: Judged,
    oracle: Judged,
    recordings: Judged,
    fixed: Judged,
    arms: Mapping[str, Judged],
    rng: np.random.Generator,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The share of pieces told to be for their cluster: ours, floor, oracle, ceiling, ratio; and a row a piece.

    `recordings` are the tracks that asked, left out of the judge's; `fixed` our pieces in one instrument and tempo, where
    only notes can tell. Intervals are bootstraps over clusters, p values shares of permutations of what was asked for that
    are told at least as often. Raises ValueError where a piece is for a cluster the judge does not know.
    """
    sets = {"ours": ours, "oracle": oracle, "ceiling": recordings, "fixed": fixed, **_named(arms)}
    sets = {name: each for name, each in sets.items() if each.names}
    verdicts = {name: Verdict(judge.scores(each), judge.numbers(each)) for name, each in sets.items()}
    figures: dict[str, Any] = {
        name: _figures(verdicts[name], rng) for name in ("ours", "oracle", "ceiling", "fixed") if name in sets
    }
    figures["floor"] = _floor(verdicts["ours"], rng)
    figures["ratio"] = _ratio(verdicts["ours"], verdicts.get("oracle"), figures["floor"], rng)
    figures["fixed_instruments_p"] = figures["fixed"]["p"] if "fixed" in figures else None
    figures["as_heard"] = {
        name: round(Verdict(judge.scores(sets[name], placed=False), judge.numbers(sets[name])).share, 4)
        for name in ("ours", "oracle")
        if name in sets
    }
    figures["arms"] = {arm: _figures(verdicts[name], rng) for name, arm in _arm_names(arms) if name in sets}
    figures["clusters"] = len(judge.clusters)
    return figures, [row for name, each in sets.items() for row in _rows(name, each, verdicts[name], judge)]


def _named(arms: Mapping[str, Judged]) -> dict[str, Judged]:
    return {f"arm {arm}": each for arm, each in arms.items()}


def _arm_names(arms: Mapping[str, Judged]) -> list[tuple[str, str]]:
    return [(f"arm {arm}", arm) for arm in arms]


def _figures(verdict: Verdict, rng: np.random.Generator) -> dict[str, Any]:
    right = (verdict.told == verdict.asked).astype(np.float64)
    bootstrap = GroupBootstrap([str(number) for number in verdict.asked], rng)
    return {
        "share": interval_of(verdict.share, bootstrap.means(right)).to_json(),
        "order": round(verdict.order, 4),
        "p": _permutation_p(verdict, rng),
        "n": len(right),
    }


def _permutation_p(verdict: Verdict, rng: np.random.Generator) -> float:
    """The share of permutations of what was asked for, itself among them, that fit the scores at least as well.

    Fit is the mean of the scores, each cluster's brought to mean 0 and deviation 1 over the pieces: it uses how sure the judge
    is, and no cluster that is easily said has an advantage.
    """
    deviation = np.maximum(verdict.scores.std(0), 1e-9)
    standard = (verdict.scores - verdict.scores.mean(0)) / deviation
    permuted = rng.permuted(np.tile(verdict.asked, (PERMUTATIONS, 1)), axis=1)
    places = np.arange(len(standard))
    fits = standard[places, np.concatenate([verdict.asked[None], permuted])].mean(1)
    return round(float((fits >= fits[0] - 1e-12).mean()), 5)


def _floor(verdict: Verdict, rng: np.random.Generator) -> float:
    """The share that is told right where pieces were composed for permuted conditions."""
    permuted = rng.permuted(np.tile(verdict.asked, (PERMUTATIONS, 1)), axis=1)
    return round(float((verdict.told == permuted).mean()), 4)


def _ratio(
    ours: Verdict, oracle: Verdict | None, floor: float, rng: np.random.Generator
) -> dict[str, Any] | None:
    """How far ours goes from the floor to the oracle, the same clusters drawn for both; None without an oracle."""
    if oracle is None:
        return None
    right = np.concatenate([ours.told == ours.asked, oracle.told == oracle.asked]).astype(np.float64)
    is_ours = np.arange(len(right)) < len(ours.asked)
    clusters = np.concatenate([ours.asked, oracle.asked])

    def ratio_of(places: np.ndarray) -> float:
        mine, best = right[places[is_ours[places]]], right[places[~is_ours[places]]]
        if not len(mine) or not len(best) or best.mean() <= floor:
            return float("nan")
        return float((mine.mean() - floor) / (best.mean() - floor))

    value = ratio_of(np.arange(len(right)))
    if np.isnan(value):
        return None
    bootstrap = GroupBootstrap([str(number) for number in clusters], rng)
    return interval_of(value, bootstrap.statistic(ratio_of)).to_json()


def _rows(name: str, pieces: Judged, verdict: Verdict, judge: StyleJudge) -> list[dict[str, Any]]:
    places = (verdict.scores > verdict.scores[np.arange(len(verdict.asked)), verdict.asked][:, None]).sum(1)
    return [
        {
            "set": name,
            "piece": piece,
            "for": cluster,
            "told": str(judge.clusters[told]),
            "place_of_own": int(place) + 1,
        }
        for piece, cluster, told, place in zip(
            pieces.names, pieces.clusters, verdict.told, places, strict=True
        )
    ]
