"""Style retrieval: is what lies nearest to a track of its style? Nothing of the track's own album may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from service.bench.intervals import GroupBootstrap, interval_of

NEAR = 10
FIGURES = ("recall_at_1", "recall_at_10", "precision_at_10", "average_precision")
PERMUTATIONS = 20


@dataclass(frozen=True)
class Question:
    """Who asks and who may answer: each track's label, its group (album or source), whose members never answer it."""

    labels: np.ndarray
    groups: np.ndarray

    @classmethod
    def of(cls, labels: Sequence[str], groups: Sequence[str]) -> "Question":
        """From lists (tracks,) of equal length."""
        return cls(np.asarray(labels, dtype=str), np.asarray(groups, dtype=str))

    @cached_property
    def label_numbers(self) -> np.ndarray:
        """Labels (tracks,) as numbers: text is slow to compare."""
        return np.unique(self.labels, return_inverse=True)[1]

    @cached_property
    def group_numbers(self) -> np.ndarray:
        """Groups (tracks,) as numbers."""
        return np.unique(self.groups, return_inverse=True)[1]

    @cached_property
    def askers(self) -> np.ndarray:
        """Places of the tracks for which there is a right answer at all."""
        of_label = np.bincount(self.label_numbers)[self.label_numbers]
        both = np.unique(np.stack([self.label_numbers, self.group_numbers]), axis=1, return_inverse=True)[1]
        return np.flatnonzero(of_label > np.bincount(both)[both])

    def order(self, asker: int, similarities: np.ndarray) -> np.ndarray:
        """Places of all that may answer, the most similar first, by a row (tracks,) of similarities."""
        candidates = np.flatnonzero(self.group_numbers != self.group_numbers[asker])
        order: np.ndarray = candidates[np.argsort(-similarities[candidates], kind="stable")]
        return order


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Similarities (tracks, tracks) float32 of vectors (tracks, d); a vector of zeros is like nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    similar: np.ndarray = unit @ unit.T
    return similar


def ask(question: Question, similarities: np.ndarray) -> dict[str, np.ndarray]:
    """Each figure of FIGURES (askers,) for one representation, in the order of `question.askers`.

    recall_at_1: the nearest is right. recall_at_10: at least one of the nearest ten is. precision_at_10: the share of
    the nearest ten (of all candidates where there are fewer) that is. average_precision: the mean, over the right
    answers, of the precision at each one's place (Manning, Raghavan and Schuetze 2008, 8.4).
    """
    numbers = question.label_numbers
    found = [
        _figures(numbers[question.order(asker, similarities[asker])] == numbers[asker])
        for asker in question.askers
    ]
    return dict(zip(FIGURES, np.array(found, dtype=float).reshape(-1, len(FIGURES)).T, strict=True))


def _figures(right: np.ndarray) -> tuple[float, ...]:
    """The figures of one asker, of whose answers (candidates,), nearest first, at least one is right."""
    near = right[:NEAR]
    places = np.flatnonzero(right) + 1
    precisions = np.arange(1, places.size + 1) / places
    return float(right[0]), float(near.any()), float(near.mean()), float(precisions.mean())


def nearest(question: Question, similarities: np.ndarray, count: int) -> list[list[int]]:
    """For every track the places of the `count` most similar ones outside its group, the most similar first."""
    return [question.order(track, row)[:count].tolist() for track, row in enumerate(similarities)]


def compare(
    question: Question,
    representations: Mapping[str, np.ndarray],
    *,
    ours: str,
    bar: str,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """All figures of all representations (tracks, d) with intervals over groups, and how far `ours` is above `bar`.

    Adds two controls: vectors of chance, and `ours` with the labels dealt out anew. The gains are paired: both are
    measured on the same draws of groups.
    """
    askers = question.askers
    told: dict[str, Any] = {
        "tracks": len(question.labels),
        "queries": len(askers),
        "left_out_without_a_right_answer": len(question.labels) - len(askers),
        "groups": len(set(question.groups[askers].tolist())),
        "labels": _label_counts(question),
    }
    if not len(askers):
        return told
    bootstrap = GroupBootstrap(question.groups[askers].tolist(), rng)
    labels = question.labels[askers]
    chance = rng.standard_normal((len(question.labels), 64))
    answers = {name: ask(question, cosines(vectors)) for name, vectors in representations.items()}
    answers["random"] = ask(question, cosines(chance))
    told["representations"] = {
        name: {
            figure: {
                **interval_of(float(values.mean()), bootstrap.means(values)).to_json(),
                "macro": interval_of(_macro(values, labels), bootstrap.means(values, labels)).to_json(),
            }
            for figure, values in figures.items()
        }
        for name, figures in answers.items()
    }
    told["labels_dealt_anew"] = _dealt_anew(question, cosines(representations[ours]), rng)
    told["gain"] = {
        "of": ours,
        "over": bar,
        **{
            figure: _gain(answers[ours][figure], answers[bar][figure], labels, bootstrap)
            for figure in FIGURES
        },
    }
    told["by_label"] = {
        label: {
            name: round(float(figures["recall_at_1"][labels == label].mean()), 4)
            for name, figures in answers.items()
        }
        for label in sorted(set(labels.tolist()))
    }
    return told


def _label_counts(question: Question) -> dict[str, dict[str, int]]:
    return {
        label: {
            "tracks": int((question.labels == label).sum()),
            "groups": len(set(question.groups[question.labels == label].tolist())),
        }
        for label in sorted(set(question.labels.tolist()))
    }


def _macro(values: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean([values[labels == label].mean() for label in np.unique(labels)]))


def _gain(ours: np.ndarray, bar: np.ndarray, labels: np.ndarray, bootstrap: GroupBootstrap) -> dict[str, Any]:
    """How much larger, as a share of the bar's figure; a bar of zero has none."""

    def relative(mine: np.ndarray, its: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            share: np.ndarray = np.where(its > 0, mine / its - 1, np.nan)
        return share

    told: dict[str, Any] = {}
    for name, kinds in (("micro", None), ("macro", labels)):
        mine, its = (
            values.mean() if kinds is None else np.float64(_macro(values, labels)) for values in (ours, bar)
        )
        value = float(relative(np.asarray(mine), np.asarray(its)))
        drawn = relative(bootstrap.means(ours, kinds), bootstrap.means(bar, kinds))
        told[name] = interval_of(value, drawn).to_json() if np.isfinite(value) else None
    return told


def _dealt_anew(question: Question, similarities: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """Each figure's mean over permutations of the labels among the tracks."""
    dealt = [rng.permutation(question.label_numbers) for _ in range(PERMUTATIONS)]
    found = []
    for asker in range(len(question.labels)):
        order = question.order(asker, similarities[asker])
        rights = (numbers[order] == numbers[asker] for numbers in dealt)
        found += [_figures(right) for right in rights if right.any()]
    means = np.array(found).reshape(-1, len(FIGURES)).mean(axis=0)
    return {name: round(float(mean), 4) for name, mean in zip(FIGURES, means, strict=True)}
