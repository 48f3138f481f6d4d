from pathlib import Path

import numpy as np
import pytest

from generator.taste.domain_shift import half_shift
from generator.taste.index_offset import index_offset, load_index_offset


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_a_render_lies_where_its_recording_does_once_the_offset_is_removed() -> None:
    rng = np.random.default_rng(0)
    recordings = unit(rng.standard_normal((60, 8)))
    shared = np.zeros(8, np.float32)
    shared[2] = 1.2
    renders = unit(recordings + shared)
    removed = index_offset(half_shift(recordings[:40], renders[:40])).removed(renders[40:])
    before, after = ((each * recordings[40:]).sum(1).mean() for each in (renders[40:], removed))
    assert after > before + 0.1
    between = [float((each @ each.T)[np.triu_indices(20, 1)].mean()) for each in (renders[40:], removed)]
    assert between[0] > 0.5
    assert abs(between[1]) < 0.15
    np.testing.assert_allclose(np.linalg.norm(removed, axis=1), 1.0, atol=1e-5)


def test_equal_offsets_have_equal_names_and_others_do_not() -> None:
    recordings = unit(np.random.default_rng(0).standard_normal((10, 4)))
    renders = unit(recordings + np.array([1.0, 0.0, 0.0, 0.0]))
    first, again = (index_offset(half_shift(recordings, renders)) for _ in range(2))
    other = index_offset(half_shift(recordings, unit(recordings + np.array([0.0, 1.0, 0.0, 0.0]))))
    assert first.name == again.name != other.name


def test_vectors_of_another_size_and_missing_tables_are_refused(tmp_path: Path) -> None:
    recordings = unit(np.random.default_rng(0).standard_normal((10, 4)))
    offset = index_offset(half_shift(recordings, recordings))
    with pytest.raises(ValueError, match="tracks, 4"):
        offset.removed(np.ones((2, 5), np.float32))
    with pytest.raises(FileNotFoundError):
        load_index_offset(tmp_path / "anchors.safetensors", "an-encoder")
