"""Fitting the ranker's blend to what a household played next, and saying whether that is better than what is in use.

Only jobs import this file: tastes are clustered as they were at the time, which is slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.clustering import TasteTracks, cluster_taste
from recommender.collaborative.asking import affinity_of_history, co_played
from recommender.collaborative.model import CollaborativeModel
from recommender.interactions import Interactions, count_plays, interaction_weights
from recommender.ranking import RankingConfig, Taste, ThumbVectors, rank

LIST_PLACES = 20
FEWEST_HELD_OUT = 50
"""Tracks played in the last part of all histories together: with fewer, chance decides."""

# What a thumb does is a promise, not a guess, and is not fitted: neither its weights nor, since the fitted ones keep
# their sum, how much they are beside the others.
_FITTED = ("centroid", "nearest_cluster", "popularity")
# What the house plays together comes on top, as much or as little as it helps.
_WEIGHED = (*_FITTED, "collaborative")
_FACTORS = (0.25, 0.5, 2.0, 4.0)
_ROUNDS = 3
# Of their sum: what a household repeats would otherwise leave nothing but repetition, or the other way round.
_LEAST_SHARE = 0.1
FIT_FROM, _JUDGE_FROM = 0.6, 0.8
_RESAMPLES = 1_000
_SURELY_NOT_WORSE = 0.8


@dataclass(frozen=True, eq=False)
class HouseholdTracks:
    """All that is ranked: vectors float32 (tracks, d), unit; valence and arousal float64 (tracks,)."""

    track_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    valence: NDArray[np.float64]
    arousal: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Feedback:
    """One listener's history and thumbs, each thumb as (track id, "up" or "down", seconds since 1970)."""

    interactions: Interactions
    thumbs: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Judgement:
    """What came of it: recall among 20 places on ``held_out`` tracks played later, of the fitted and the present blend.

    ``chance_not_worse`` is the share of paired resamples in which the fitted one is ahead or level.
    """

    fitted: RankingConfig
    held_out: int
    recall: float
    present_recall: float
    chance_not_worse: float

    @property
    def is_better(self) -> bool:
        """Whether the fitted blend is to be used instead."""
        return (
            self.held_out >= FEWEST_HELD_OUT
            and self.recall > self.present_recall
            and self.chance_not_worse >= _SURELY_NOT_WORSE
        )


@dataclass(frozen=True, eq=False)
class _Exam:
    """One listener at one moment: what each weight of the blend multiplies, float64 (weights, tracks), the rest of the
    score (tracks,), and the rows that were played afterwards."""

    parts: NDArray[np.float64]
    rest: NDArray[np.float64]
    played_next: NDArray[np.intp]


def fit_ranker(
    tracks: HouseholdTracks,
    feedback: Sequence[Feedback],
    present: RankingConfig,
    collaborative: CollaborativeModel | None = None,
) -> Judgement:
    """Fits the blend to the third quarter or so of each history and judges it on the last fifth, which it never saw.

    collaborative: learnt from the first ``FIT_FROM`` of each history and nothing later. ``present`` weighs it 0 where
    no such model is in use.
    """
    fitting = [_exam(tracks, each, present, collaborative, FIT_FROM, _JUDGE_FROM) for each in feedback]
    judging = [_exam(tracks, each, present, collaborative, _JUDGE_FROM, 1.0) for each in feedback]
    begin = present
    if collaborative is not None and not present.collaborative:
        begin = replace(present, collaborative=RankingConfig().collaborative)
    names = _FITTED if collaborative is None else _WEIGHED
    fitted = _fit([exam for exam in fitting if exam is not None], begin, names)
    exams = [exam for exam in judging if exam is not None]
    ahead, before = _hits(exams, fitted), _hits(exams, present)
    gained = np.concatenate(
        [a.astype(np.float64) - b for a, b in zip(ahead, before, strict=True)] or [np.zeros(0)]
    )
    return Judgement(
        fitted,
        len(gained),
        _mean(ahead),
        _mean(before),
        _chance_not_worse(gained, np.random.default_rng(len(gained))),
    )


def _fit(exams: list[_Exam], present: RankingConfig, names: Sequence[str]) -> RankingConfig:
    """One weight after the other, each moved only where that finds more of what was played."""
    best, best_recall = present, _mean(_hits(exams, present))
    for _ in range(_ROUNDS):
        for name in names:
            for factor in _FACTORS:
                tried = _times(best, name, factor)
                if _least_share(tried) < min(_LEAST_SHARE, _least_share(best)):
                    continue
                recall = _mean(_hits(exams, tried))
                if recall > best_recall + 1e-9:
                    best, best_recall = tried, recall
    return best


def _times(config: RankingConfig, name: str, factor: float) -> RankingConfig:
    """One weight grown, all fitted ones brought back to their sum; that of the house's plays stands beside it."""
    if name not in _FITTED:
        return replace(config, **{name: getattr(config, name) * factor})
    weights = {each: getattr(config, each) * (factor if each == name else 1.0) for each in _FITTED}
    sum_before, sum_now = sum(getattr(config, each) for each in _FITTED), sum(weights.values())
    return replace(config, **{each: weight * sum_before / sum_now for each, weight in weights.items()})


def _least_share(config: RankingConfig) -> float:
    weights = [float(getattr(config, each)) for each in _FITTED]
    return min(weights) / sum(weights)


def _hits(exams: Sequence[_Exam], config: RankingConfig) -> list[NDArray[np.bool_]]:
    """For each exam, which of the tracks played next were among the first places."""
    weights = np.array([getattr(config, name) for name in _WEIGHED])
    hits = []
    for exam in exams:
        score = weights @ exam.parts + exam.rest
        listed = np.argsort(-score, kind="stable")[:LIST_PLACES]
        # What has a thumb down is not listed, even where nothing else is left.
        hits.append(np.isin(exam.played_next, listed[np.isfinite(score[listed])]))
    return hits


def _mean(hits: list[NDArray[np.bool_]]) -> float:
    """Over listeners, so that one who plays much does not speak for the others; 0 where there are none."""
    return float(np.mean([each.mean() for each in hits])) if hits else 0.0


def _chance_not_worse(gained: NDArray[np.float64], rng: np.random.Generator) -> float:
    if not len(gained):
        return 0.0
    drawn = rng.choice(gained, size=(_RESAMPLES, len(gained)))
    return float((drawn.mean(axis=1) >= 0.0).mean())


def _exam(
    tracks: HouseholdTracks,
    feedback: Feedback,
    present: RankingConfig,
    collaborative: CollaborativeModel | None,
    begin: float,
    end: float,
) -> _Exam | None:
    """The listener as they were when the share ``begin`` of their history was over, and what followed until ``end``.

    None where nothing of either is known.
    """
    heard = feedback.interactions
    if len(heard) < 2:
        return None
    moments = np.quantile(heard.listened_at, [begin, end])
    before = _between(heard, -np.inf, moments[0])
    row_of = {track_id: row for row, track_id in enumerate(tracks.track_ids)}
    later = _between(heard, moments[0], moments[1])
    played = {later.track_ids[track] for track in later.track[~later.skipped]}
    liked = {
        track_id
        for track_id, value, seconds in feedback.thumbs
        if value == "up" and moments[0] < seconds <= moments[1]
    }
    played_next = sorted(row_of[track_id] for track_id in played | liked if track_id in row_of)
    taste, popularity, skips = _state(tracks, row_of, before, int(moments[0]))
    if taste is None or not played_next:
        return None
    rows = {
        wanted: [
            row_of[track_id]
            for track_id, value, seconds in feedback.thumbs
            if value == wanted and seconds <= moments[0] and track_id in row_of
        ]
        for wanted in ("up", "down")
    }
    thumbs = ThumbVectors(
        tuple(tracks.track_ids[row] for row in rows["up"]),
        tracks.vectors[rows["up"]],
        tracks.vectors[rows["down"]],
    )
    ones = replace(present, **dict.fromkeys(_WEIGHED, 1.0))
    affinity = affinity_of_history(collaborative, before, int(moments[0]))
    house = co_played(collaborative, affinity, tracks.track_ids, tracks.vectors)
    ranked = rank(tracks.vectors, popularity, skips, taste, thumbs, ones, co_played=house)
    parts = {"collaborative": np.zeros(len(tracks.track_ids)), **ranked.parts}
    rest = np.sum([values for name, values in ranked.parts.items() if name not in _WEIGHED], axis=0)
    rest[rows["down"]] = -np.inf  # never listed
    return _Exam(np.stack([parts[name] for name in _WEIGHED]), rest, np.array(played_next, dtype=np.intp))


def _between(heard: Interactions, after: float, until: float) -> Interactions:
    rows = (heard.listened_at > after) & (heard.listened_at <= until)
    return replace(
        heard,
        track=heard.track[rows],
        listened_at=heard.listened_at[rows],
        hour=heard.hour[rows],
        played_share=heard.played_share[rows],
        skipped=heard.skipped[rows],
    )


def _state(
    tracks: HouseholdTracks, row_of: dict[str, int], heard: Interactions, now_seconds: int
) -> tuple[Taste | None, NDArray[np.float64], NDArray[np.float64]]:
    """Taste, popularity 0-1 and skips, each float64 (tracks,), from a history up to now."""
    counts = count_plays(heard)
    popularity, skips = np.zeros(len(tracks.track_ids)), np.zeros(len(tracks.track_ids))
    lately = interaction_weights(counts, now_seconds, 90.0)
    weights = interaction_weights(counts, now_seconds)
    known = [
        (row_of[track_id], place) for place, track_id in enumerate(heard.track_ids) if track_id in row_of
    ]
    for row, place in known:
        popularity[row], skips[row] = lately[place], counts.skips[place]
    popularity /= max(float(popularity.max(initial=0.0)), 1e-9)
    rows = np.array([row for row, place in known if weights[place] > 0], dtype=np.intp)
    if not len(rows):
        return None, popularity, skips
    clusters = cluster_taste(
        TasteTracks(
            tuple(tracks.track_ids[row] for row in rows),
            tracks.vectors[rows],
            np.array([weights[place] for _, place in known if weights[place] > 0]),
            tracks.valence[rows],
            tracks.arousal[rows],
        ),
        heard,
    )
    one = np.ones(len(clusters))
    taste = Taste(
        (None,) * len(clusters),
        np.stack([cluster.centroid for cluster in clusters]),
        np.array([cluster.share for cluster in clusters]),
        one,
        np.zeros(len(clusters), dtype=np.bool_),
        tuple(tracks.track_ids[rows[cluster.medoid]] for cluster in clusters),
    )
    return taste, popularity, skips
