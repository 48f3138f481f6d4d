import numpy as np

from recommender.collaborative.audio_map import FEWEST_TRACKS, fit_audio_map


def test_a_linear_relation_is_found_again(rng: np.random.Generator) -> None:
    sounds = rng.normal(size=(400, 6)).astype(np.float32)
    relation, constant = rng.normal(size=(6, 3)), rng.normal(size=3)
    vectors = (sounds @ relation + constant).astype(np.float32)
    found = fit_audio_map(sounds, vectors, np.full(400, 5))
    assert found is not None
    np.testing.assert_allclose(found[:-1], relation, atol=0.02)
    np.testing.assert_allclose(found[-1], constant, atol=0.02)


def test_a_few_tracks_are_too_few(rng: np.random.Generator) -> None:
    few = rng.normal(size=(FEWEST_TRACKS - 1, 6)).astype(np.float32)
    assert fit_audio_map(few, few, np.ones(len(few), np.int64)) is None
