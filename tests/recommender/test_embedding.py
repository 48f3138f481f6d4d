from collections.abc import Callable

import numpy as np
import pytest
import torch

from recommender.embedding import PATCHES, TrackEncoder, spread_patches, unit_vectors
from recommender.musicnn import PATCH_SAMPLES, SAMPLE_RATE
from recommender.tags import TAGS
from service.operations.encoder_weights import load_encoder_weights
from service.settings import load_settings

# What the networks answered when run by code that was checked against the published implementation to 4e-7.
HEARD_IN_PLUCKED_STRINGS = {
    "msd:electronic": 0.372274,
    "mtt:guitar": 0.348216,
    "mtt:slow": 0.158963,
    "mtt:solo": 0.147983,
}


@pytest.fixture(scope="module")
def encoder(require: Callable[[str], None]) -> TrackEncoder:
    require("encoder")
    return TrackEncoder.from_weights(load_encoder_weights(load_settings().models_dir))


def plucked_strings(seconds: float) -> np.ndarray:
    """A falling line of plucked notes, four a second."""
    note_samples = SAMPLE_RATE // 4
    time = np.arange(note_samples) / SAMPLE_RATE
    notes = [
        sum(
            np.exp(-6 * n * time) * np.sin(2 * np.pi * n * 440 * 2 ** (-step / 12) * time) / n
            for n in range(1, 9)
        )
        for step in (0, 2, 4, 5, 7, 9, 11, 12)
    ]
    line = 0.2 * np.concatenate(notes)
    return np.resize(line, int(seconds * SAMPLE_RATE)).astype(np.float32)


def test_ten_excerpts_laid_end_to_end_come_back_as_they_were(rng: np.random.Generator) -> None:
    excerpts = rng.normal(size=(PATCHES, PATCH_SAMPLES)).astype(np.float32)
    np.testing.assert_array_equal(spread_patches(excerpts.reshape(-1)), excerpts)


def test_patches_lie_evenly_over_a_long_track() -> None:
    track = np.arange(200 * SAMPLE_RATE, dtype=np.float32)
    starts = spread_patches(track)[:, 0] / SAMPLE_RATE
    np.testing.assert_allclose(starts, 8.5 + 20.0 * np.arange(10))


@pytest.mark.parametrize(
    ("seconds", "patches"), [(0.5, 1), (3.0, 1), (5.9, 1), (6.0, 2), (29.0, 9), (31.0, 10)]
)
def test_a_short_track_gives_as_many_patches_as_fit(seconds: float, patches: int) -> None:
    track = np.ones(int(seconds * SAMPLE_RATE), dtype=np.float32)
    assert spread_patches(track).shape == (patches, PATCH_SAMPLES)


def test_audio_under_three_seconds_is_repeated() -> None:
    np.testing.assert_array_equal(spread_patches(np.array([1.0, 2.0]))[0, :5], [1, 2, 1, 2, 1])


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 50)), np.array([np.nan])])
def test_what_is_no_mono_audio_is_refused(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Audio to encode must"):
        spread_patches(samples)


def test_weights_without_a_network_are_refused() -> None:
    with pytest.raises(ValueError, match="names or shapes differ"):
        TrackEncoder.from_weights({})


def test_vectors_have_length_one(rng: np.random.Generator) -> None:
    vectors = unit_vectors(rng.normal(size=(3, 400)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_plucked_strings_are_heard_as_the_published_network_hears_them(encoder: TrackEncoder) -> None:
    tags = dict(zip(TAGS, encoder.encode(plucked_strings(6.0)).tags, strict=True))
    assert sorted(tags, key=lambda tag: -tags[tag])[:4] == list(HEARD_IN_PLUCKED_STRINGS)
    assert {tag: tags[tag] for tag in HEARD_IN_PLUCKED_STRINGS} == pytest.approx(
        HEARD_IN_PLUCKED_STRINGS, abs=1e-4
    )


def test_the_same_audio_gives_the_same_bits_with_any_number_of_threads(encoder: TrackEncoder) -> None:
    before = torch.get_num_threads()
    encodings = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            encodings.append(encoder.encode(plucked_strings(6.0)))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(encodings[0].vector, encodings[1].vector)
    np.testing.assert_array_equal(encodings[0].tags, encodings[1].tags)


def test_a_track_resembles_its_own_other_half_more_than_noise(
    encoder: TrackEncoder, rng: np.random.Generator
) -> None:
    line = plucked_strings(13.0)
    halves = [encoder.encode(line[:96_000]).vector, encoder.encode(line[96_500:]).vector]
    noise = encoder.encode(0.1 * rng.normal(size=96_000).astype(np.float32)).vector
    assert halves[0] @ halves[1] > 0.9
    assert halves[0] @ noise < 0.5


def test_silence_has_a_vector_too(encoder: TrackEncoder) -> None:
    vector = encoder.encode(np.zeros(SAMPLE_RATE, dtype=np.float32)).vector
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
