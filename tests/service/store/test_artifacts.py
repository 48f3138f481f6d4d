from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import CorruptArtifact, NotPrepared
from service.store.artifacts import load_weights, save_weights, sha256_of

CONFIG = {"layers": 2, "name": "tiny"}


@pytest.fixture
def weights(tmp_path: Path, rng: np.random.Generator) -> Path:
    path = tmp_path / "weights.safetensors"
    tensors: dict[str, Any] = {
        "a": rng.normal(size=(3, 4)).astype(np.float32),
        "b": np.arange(5, dtype=np.int64),
        "c": np.float32(7).reshape(()),
    }
    save_weights(path, tensors, CONFIG)
    return path


def test_weights_and_configuration_come_back_as_they_were(tmp_path: Path, rng: np.random.Generator) -> None:
    # Transposed: memory order must not matter.
    tensors: dict[str, Any] = {
        "a": rng.normal(size=(3, 4)).astype(np.float32).T,
        "b": np.arange(5, dtype=np.int64),
    }
    save_weights(tmp_path / "w", tensors, CONFIG)

    loaded, config = load_weights(tmp_path / "w")

    assert config == CONFIG
    assert loaded.keys() == tensors.keys()
    for name, array in tensors.items():
        np.testing.assert_array_equal(loaded[name], array)


def test_the_same_weights_make_the_same_file(weights: Path, tmp_path: Path) -> None:
    tensors, config = load_weights(weights)
    save_weights(tmp_path / "again", tensors, config)

    assert sha256_of(tmp_path / "again") == sha256_of(weights)


def test_any_changed_byte_is_noticed(weights: Path, rng: np.random.Generator) -> None:
    whole = weights.read_bytes()
    for position in rng.choice(len(whole), size=40, replace=False):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        weights.write_bytes(damaged)
        with pytest.raises(CorruptArtifact):
            load_weights(weights)


@pytest.mark.parametrize("kept_bytes", [0, 4, 100, -1])
def test_a_cut_file_is_noticed(weights: Path, kept_bytes: int) -> None:
    weights.write_bytes(weights.read_bytes()[:kept_bytes])

    with pytest.raises(CorruptArtifact, match="fetch or train them again"):
        load_weights(weights)


def test_missing_weights_are_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotPrepared) as caught:
        load_weights(tmp_path / "none.safetensors")

    assert caught.value.code == "weights_missing"
