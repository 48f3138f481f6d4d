from pathlib import Path

import numpy as np
import pytest

from recommender.metric import RAW_SIZE, Metric, MetricConfig, MetricExamples, fit_metric, frozen_metric

ALBUMS, TRACKS_OF_AN_ALBUM = 12, 6
CONFIG = MetricConfig(dimensions=8)
STYLES, LEVELS = 10, 20


def examples(rng: np.random.Generator) -> MetricExamples:
    """Ten directions tell albums apart; twenty others change more from view to view, and say nothing."""
    directions = np.random.default_rng(0).normal(size=(STYLES + LEVELS, RAW_SIZE))
    albums = np.repeat(np.arange(ALBUMS), TRACKS_OF_AN_ALBUM)
    styles = rng.normal(size=(ALBUMS, STYLES))[albums] + 0.3 * rng.normal(size=(len(albums), STYLES))

    def heard(times: int) -> np.ndarray:
        levels = 2.0 * rng.normal(size=(len(albums), times, LEVELS))
        latent = np.concatenate([np.repeat(styles[:, None], times, axis=1), levels], axis=2)
        views: np.ndarray = latent @ directions
        return views

    renders = (
        np.concatenate(
            [
                np.repeat(rng.normal(size=(30, 1, STYLES)), 4, axis=1),
                2.0 * rng.normal(size=(30, 4, LEVELS)),
            ],
            axis=2,
        )
        @ directions
    )
    return MetricExamples(heard(4), heard(10), albums, renders)


def share_of_same_album(vectors: np.ndarray, albums: np.ndarray) -> float:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return float((albums[cosines.argmax(1)] == albums).mean())


def test_what_changes_with_the_way_of_hearing_counts_little(rng: np.random.Generator) -> None:
    fitted_to, others = examples(rng), examples(rng)
    metric = fit_metric(fitted_to, CONFIG)
    first, second = (metric.unit_vectors(others.views[:, view]) for view in (0, 1))
    raw = others.views[:, 0] / np.linalg.norm(others.views[:, 0], axis=1, keepdims=True)
    again = others.views[:, 1] / np.linalg.norm(others.views[:, 1], axis=1, keepdims=True)
    assert np.median((first * second).sum(1)) > np.median((raw * again).sum(1)) + 0.3
    of_raw = share_of_same_album(raw, others.albums)
    assert share_of_same_album(first, others.albums) > of_raw + 0.3


def test_the_same_examples_give_the_same_metric(rng: np.random.Generator) -> None:
    fitted_to = examples(rng)
    first, second = fit_metric(fitted_to, CONFIG), fit_metric(fitted_to, CONFIG)
    np.testing.assert_array_equal(first.projection, second.projection)


def test_too_few_albums_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="needs more albums than 12"):
        fit_metric(examples(rng), MetricConfig(dimensions=12))


def test_a_saved_metric_places_tracks_as_before(tmp_path: Path, rng: np.random.Generator) -> None:
    metric = fit_metric(examples(rng), CONFIG)
    metric.save(tmp_path / "metric.safetensors")
    raw = rng.normal(size=(3, RAW_SIZE)).astype(np.float32)
    np.testing.assert_array_equal(
        Metric.load(tmp_path / "metric.safetensors").unit_vectors(raw), metric.unit_vectors(raw)
    )


def test_the_metric_in_use_says_what_it_was_fitted_to(rng: np.random.Generator) -> None:
    metric = frozen_metric()
    assert metric.provenance["tracks"] > 200
    assert metric.provenance["config"] == vars(MetricConfig())
    vectors = metric.unit_vectors(rng.normal(size=(3, RAW_SIZE)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.isfinite(metric.unit_vectors(np.zeros((1, RAW_SIZE), np.float32))).all()
