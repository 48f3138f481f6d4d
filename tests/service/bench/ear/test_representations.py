import numpy as np

from service.bench.ear.heard_store import HeardTrack
from service.bench.ear.labels import Told, label_tracks
from service.bench.ear.representations import BAR, DESCRIPTORS, OURS, representations
from service.bench.ear.style_retrieval import measure_retrieval, neighbours

TRACKS_OF_A_STYLE = 8


def heard_library(rng: np.random.Generator) -> tuple[list[HeardTrack], list[Told]]:
    """Two styles that the embedding tells apart perfectly, while the raw features say nothing."""
    heard, told = [], []
    for number in range(2 * TRACKS_OF_A_STYLE):
        style = number % 2
        facts = dict.fromkeys(DESCRIPTORS, 1.0) | {"mode": "major"}
        heard.append(
            HeardTrack(
                raw=rng.standard_normal(400).astype(np.float32),
                vector=np.eye(2, dtype=np.float32)[style],
                tags=rng.random(100).astype(np.float32),
                facts=facts,
            )
        )
        told.append(Told(f"{('waltz', 'march')[style]}/{number}.ogg"))
    return heard, told


def test_each_representation_answers_for_every_track_and_one_that_knows_nothing_is_no_error(
    rng: np.random.Generator,
) -> None:
    heard, _ = heard_library(rng)
    vectors = representations(heard)
    assert {len(values) for values in vectors.values()} == {2 * TRACKS_OF_A_STYLE}
    assert all(np.isfinite(values).all() for values in vectors.values())
    assert not vectors["descriptors"].any()
    assert vectors[BAR].shape[1] == 200


def test_the_embedding_is_measured_against_the_raw_features(rng: np.random.Generator) -> None:
    heard, told = heard_library(rng)
    measured = measure_retrieval(heard, label_tracks(told, None), rng)
    figures = measured["album_disjoint"]["representations"]
    assert figures[OURS]["recall_at_1"]["value"] == 1.0
    assert figures[BAR]["recall_at_1"]["value"] < 0.9
    assert measured["album_disjoint"]["gain"]["recall_at_1"]["micro"]["value"] > 0
    assert "not_measured" in measured["source_disjoint"]


def test_a_library_of_one_style_is_told_so(rng: np.random.Generator) -> None:
    heard, _ = heard_library(rng)
    labelling = label_tracks([Told(f"{number}.ogg") for number in range(len(heard))], None)
    assert "--styles" in measure_retrieval(heard, labelling, rng)["not_measured"]


def test_the_nearest_tracks_are_of_the_own_style_first(rng: np.random.Generator) -> None:
    heard, told = heard_library(rng)
    near = neighbours(heard, label_tracks(told, None))
    assert all(place % 2 == track % 2 for track, places in enumerate(near) for place in places[:7])
    assert all(len(places) == 10 for places in near)
