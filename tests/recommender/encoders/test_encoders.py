"""What all encoders keep, tested once for each of them; and what is CLAP's alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from recommender.embedding import TrackEncoder
from recommender.encoders.clap import ClapEncoder, clap_files, clap_vector_size
from recommender.encoders.encoder import Encoder, fill_excerpt, mean_direction, samples_in_an_excerpt
from recommender.encoders.musicnn_encoder import MusicnnEncoder
from recommender.encoders.vibenet import VibenetEncoder
from recommender.musicnn import Musicnn
from tests.recommender.encoders.tiny_clap import VECTOR_SIZE, save_tiny_clap


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_clap(tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module", params=["musicnn", "clap", "fusing clap", "vibenet"])
def encoder(
    request: pytest.FixtureRequest,
    require: Callable[[str], None],
    clap_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Encoder:
    if request.param == "musicnn":
        return MusicnnEncoder(TrackEncoder(Musicnn(), Musicnn()))
    if request.param == "clap":
        return ClapEncoder.load(clap_folder)
    if request.param == "fusing clap":
        return ClapEncoder.load(save_tiny_clap(tmp_path_factory.mktemp("fusing"), fuses=True))
    require("vibenet")
    return VibenetEncoder.load()


def excerpts_for(encoder: Encoder, count: int, rng: np.random.Generator) -> np.ndarray:
    """Notes of other pitches in each excerpt, over some noise."""
    samples = samples_in_an_excerpt(encoder)
    time = np.arange(samples) / encoder.sample_rate
    pitches_hz = rng.uniform(100, 2_000, size=(count, 1))
    noise = rng.normal(scale=0.02, size=(count, samples))
    return (0.3 * np.sin(2 * np.pi * pitches_hz * time) + noise).astype(np.float32)


def test_excerpts_become_one_unit_vector(encoder: Encoder, rng: np.random.Generator) -> None:
    for count in (1, 3):
        vector = encoder.encode(excerpts_for(encoder, count, rng))
        assert vector.shape == (encoder.vector_size,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_equal_excerpts_give_equal_vectors_and_others_another(
    encoder: Encoder, rng: np.random.Generator
) -> None:
    one, other = excerpts_for(encoder, 1, rng), excerpts_for(encoder, 1, rng)
    np.testing.assert_array_equal(encoder.encode(one), encoder.encode(one.copy()))
    assert not np.allclose(encoder.encode(one), encoder.encode(other))


def test_the_order_of_excerpts_makes_no_difference(encoder: Encoder, rng: np.random.Generator) -> None:
    excerpts = excerpts_for(encoder, 3, rng)
    np.testing.assert_allclose(encoder.encode(excerpts), encoder.encode(excerpts[::-1].copy()), atol=1e-5)


def test_what_is_no_excerpt_is_refused(encoder: Encoder, rng: np.random.Generator) -> None:
    good = excerpts_for(encoder, 1, rng)
    broken = good.copy()
    broken[0, 5] = np.nan
    for wrong in (good[0], good[:0], good[:, :-1], broken):
        with pytest.raises(ValueError, match=r"excerpts|finite"):
            encoder.encode(wrong)


def test_a_short_track_is_repeated_until_it_fills_an_excerpt(encoder: Encoder) -> None:
    samples = samples_in_an_excerpt(encoder)
    filled = fill_excerpt(encoder, np.arange(1, samples // 2, dtype=np.float32))
    assert filled.shape == (1, samples)
    assert filled[0, samples // 2 - 1] == 1.0
    with pytest.raises(ValueError, match="empty"):
        fill_excerpt(encoder, np.zeros(0, np.float32))


def test_directions_count_the_same_however_long_and_none_is_refused() -> None:
    between = mean_direction(np.array([[10.0, 0.0], [0.0, 0.1]], dtype=np.float32))
    np.testing.assert_allclose(between, np.full(2, 0.5**0.5), atol=1e-6)
    for vectors in ([[0.0, 0.0]], [[1.0, 0.0], [-1.0, 0.0]], [[np.nan, 1.0]]):
        with pytest.raises(ValueError, match="nothing to be placed by"):
            mean_direction(np.array(vectors, dtype=np.float32))


def test_clap_says_its_size_without_being_loaded(clap_folder: Path) -> None:
    assert clap_vector_size(clap_folder) == VECTOR_SIZE == ClapEncoder.load(clap_folder).vector_size


def test_clap_places_words_among_sounds(clap_folder: Path) -> None:
    clap = ClapEncoder.load(clap_folder)
    calm, wild = clap.encode_text("calm piano"), clap.encode_text("wild drums")
    assert clap.knows_words
    assert calm.shape == (clap.vector_size,)
    assert np.linalg.norm(calm) == pytest.approx(1.0, abs=1e-5)
    assert not np.allclose(calm, wild)
    np.testing.assert_array_equal(clap.encode_text("calm piano"), calm)
    assert clap.encode_text("piano " * 500).shape == calm.shape
    with pytest.raises(ValueError, match="no words"):
        clap.encode_text("  ")


def test_without_its_tokenizer_clap_hears_and_knows_no_words(tmp_path: Path) -> None:
    clap = ClapEncoder.load(save_tiny_clap(tmp_path, knows_words=False))
    assert not clap.knows_words
    with pytest.raises(ValueError, match="without its tokenizer"):
        clap.encode_text("piano")


def test_weights_that_are_not_whole_are_refused_rather_than_filled_at_random(tmp_path: Path) -> None:
    weights = save_tiny_clap(tmp_path) / "model.safetensors"
    tensors = load_file(weights)
    save_file(
        {name: values for name, values in tensors.items() if not name.startswith("audio_projection")},
        weights,
        metadata={"format": "pt"},
    )
    with pytest.raises(ValueError, match="no CLAP model that can be used"):
        ClapEncoder.load(tmp_path)


@pytest.mark.parametrize("damage", ["nothing", "no extractor", "broken", "another shape"])
def test_a_folder_without_a_clap_model_is_refused_with_what_belongs_there(
    damage: str, tmp_path: Path
) -> None:
    if damage != "nothing":
        save_tiny_clap(tmp_path)
    if damage == "no extractor":
        (tmp_path / "preprocessor_config.json").unlink()
    elif damage == "broken":
        (tmp_path / "model.safetensors").write_bytes(b"no tensors")
    elif damage == "another shape":
        weights = tmp_path / "model.safetensors"
        tensors = load_file(weights) | {"audio_projection.linear1.weight": torch.zeros(3, 3)}
        save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"larger_clap_music"):
        ClapEncoder.load(tmp_path)


def test_claps_files_are_found_in_one_order(clap_folder: Path) -> None:
    names = [path.name for path in clap_files(clap_folder)]
    assert names == ["config.json", "model.safetensors", "preprocessor_config.json"]
