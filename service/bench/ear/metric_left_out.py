"""What the metric is worth on music it was not fitted to: for each source's questions, one fitted without that source."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.metric import MetricExamples, fit_metric
from service.bench.ear.labels import Labelling
from service.bench.ear.retrieval import Question, ask, cosines
from service.bench.intervals import GroupBootstrap, interval_of

FIGURES = ("recall_at_1", "precision_at_10", "average_precision")
MSD_FEATURES = 200


def measure_left_out(
    examples: MetricExamples, labelling: Labelling, rng: np.random.Generator
) -> dict[str, Any]:
    """Style retrieval album- and source-disjoint by such metrics, beside MusiCNN's raw 200 numbers, and the relative gain.

    Intervals are bootstrapped over albums, or sources. Raises ValueError where a source holds nearly all albums.
    """
    raw = examples.views[:, 0].astype(np.float32)
    left_out = np.zeros((len(raw), len(raw)), np.float32)
    sources = np.array(labelling.sources)
    for source in np.unique(sources):
        others = sources != source
        metric = fit_metric(
            MetricExamples(
                examples.views[others], examples.patches[others], examples.albums[others], examples.renders
            )
        )
        vectors = metric.unit_vectors(raw)
        left_out[~others] = vectors[~others] @ vectors.T
    styled = np.array([place for place, style in enumerate(labelling.styles) if style is not None])
    raw_cosines = cosines(raw[:, :MSD_FEATURES])
    return {
        name: _compared(
            Question.of(
                [labelling.styles[place] or "" for place in styled], [groups[place] for place in styled]
            ),
            left_out[np.ix_(styled, styled)],
            raw_cosines[np.ix_(styled, styled)],
            rng,
        )
        for name, groups in (("album_disjoint", labelling.albums), ("source_disjoint", labelling.sources))
    }


def _compared(
    question: Question, ours: np.ndarray, bar: np.ndarray, rng: np.random.Generator
) -> dict[str, Any]:
    askers: Sequence[int] = question.askers.tolist()
    bootstrap = GroupBootstrap(question.groups[question.askers].tolist(), rng)
    mine, its = ask(question, ours), ask(question, bar)
    told: dict[str, Any] = {"queries": len(askers)}
    for figure in FIGURES:
        gains = bootstrap.means(mine[figure]) / bootstrap.means(its[figure]) - 1.0
        told[figure] = {
            "left_out": round(float(mine[figure].mean()), 4),
            "musicnn_raw_200": round(float(its[figure].mean()), 4),
            "gain": interval_of(float(mine[figure].mean() / its[figure].mean() - 1.0), gains).to_json(),
        }
    return told
