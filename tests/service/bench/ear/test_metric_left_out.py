import numpy as np
import pytest

from recommender.metric import RAW_SIZE, MetricExamples
from service.bench.ear.labels import Labelling
from service.bench.ear.metric_left_out import measure_left_out

SOURCES, ALBUMS_OF_A_SOURCE, TRACKS_OF_AN_ALBUM = 4, 10, 3


@pytest.fixture
def examples(rng: np.random.Generator) -> MetricExamples:
    """Two styles, told by a few directions that differ a little from album to album; much else changes with the hearing."""
    directions = rng.normal(size=(40, RAW_SIZE))
    albums = np.repeat(np.arange(SOURCES * ALBUMS_OF_A_SOURCE), TRACKS_OF_AN_ALBUM)
    of_album = rng.normal(size=(SOURCES * ALBUMS_OF_A_SOURCE, 10)) + 1.5 * (np.arange(40)[:, None] % 2)

    def heard(times: int) -> np.ndarray:
        levels = 2.0 * rng.normal(size=(len(albums), times, 30))
        latent = np.concatenate([np.repeat(of_album[albums][:, None], times, axis=1), levels], axis=2)
        views: np.ndarray = latent @ directions
        return views

    renders = rng.normal(size=(20, 4, 30)) @ directions[10:]
    return MetricExamples(heard(4), heard(5), albums, renders)


def labelling(examples: MetricExamples) -> Labelling:
    styles = tuple("ab"[album % 2] for album in examples.albums)
    sources = tuple(f"source {album // ALBUMS_OF_A_SOURCE}" for album in examples.albums)
    return Labelling("table", styles, tuple(f"album {album}" for album in examples.albums), sources)


def test_a_metric_that_never_saw_a_source_tells_its_styles_better_than_raw_features(
    examples: MetricExamples, rng: np.random.Generator
) -> None:
    told = measure_left_out(examples, labelling(examples), rng)
    for name in ("album_disjoint", "source_disjoint"):
        figures = told[name]["recall_at_1"]
        assert told[name]["queries"] == len(examples.albums)
        assert figures["left_out"] > figures["musicnn_raw_200"] + 0.1
        assert figures["gain"]["low"] > 0


def test_a_source_with_nearly_all_albums_cannot_be_left_out(
    examples: MetricExamples, rng: np.random.Generator
) -> None:
    whole = labelling(examples)
    alone = Labelling(whole.kind, whole.styles, whole.albums, ("one source",) * len(whole.albums))
    with pytest.raises(ValueError, match="needs more albums than 0"):
        measure_left_out(examples, alone, rng)
