from pathlib import Path

import numpy as np
import pytest

from generator.taste.index_offset import (
    INDEX_OFFSET_FILE,
    IndexOffset,
    fit_index_offset,
    load_index_offset,
)

CLUSTERS = np.repeat(np.arange(6), 20)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def sounds(seed: int) -> np.ndarray:
    """Twenty tracks for each of six clusters, around the same six centres whatever the seed."""
    centres = np.random.default_rng(9).standard_normal((6, 8))
    return unit(centres[CLUSTERS] + 0.3 * np.random.default_rng(seed).standard_normal((len(CLUSTERS), 8)))


def between(vectors: np.ndarray) -> float:
    """The mean cosine of two tracks of different clusters."""
    return float((vectors @ vectors.T)[CLUSTERS[:, None] != CLUSTERS].mean())


def test_compositions_for_clusters_that_were_left_out_lie_among_their_recordings() -> None:
    recordings, pieces = sounds(0), unit(sounds(1) + np.array([0, 0, 1.2, 0, 0, 0, 0, 0]))
    left_out = CLUSTERS >= 4
    offset = fit_index_offset(
        pieces[~left_out], CLUSTERS[~left_out], recordings[~left_out], CLUSTERS[~left_out]
    )
    removed = offset.removed(pieces)
    centres = np.stack([recordings[number == CLUSTERS].mean(0) for number in range(6)])
    near = [(each * centres[CLUSTERS]).sum(1)[left_out].mean() for each in (pieces, removed)]
    assert near[1] > near[0] + 0.1
    assert between(pieces) > between(recordings) + 0.3
    assert abs(between(removed) - between(recordings)) < 0.1
    np.testing.assert_allclose(np.linalg.norm(removed, axis=1), 1.0, atol=1e-5)


def test_what_pieces_lack_of_their_clusters_is_no_offset_and_each_cluster_counts_alike() -> None:
    recordings = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    pieces = np.array([[0.5, 0.0, 0.7], [0.3, 0.0, 0.7], [0.0, 0.4, 0.7], [9.0, 9.0, 9.0]])
    offset = fit_index_offset(pieces, np.array([0, 0, 1, 7]), recordings, np.array([0, 1]))
    np.testing.assert_allclose(offset.offset, [0.0, 0.0, 0.7], atol=1e-6)
    with pytest.raises(ValueError, match="two clusters"):
        fit_index_offset(pieces[:1], np.array([0]), recordings, np.array([0, 1]))


def test_an_offset_keeps_its_name_when_it_is_saved_and_another_has_another(tmp_path: Path) -> None:
    offset = IndexOffset(np.array([0.1, -0.2, 0.3], np.float32))
    offset.save(tmp_path, "an-encoder", {"pieces": 3})
    loaded = load_index_offset(tmp_path, "an-encoder")
    assert loaded is not None
    assert loaded.name == offset.name != IndexOffset(-offset.offset).name
    assert load_index_offset(tmp_path, "another-encoder") is None


def test_vectors_of_another_size_and_damaged_files_are_refused(tmp_path: Path) -> None:
    offset = IndexOffset(np.ones(4, np.float32))
    with pytest.raises(ValueError, match="tracks, 4"):
        offset.removed(np.ones((2, 5), np.float32))
    assert load_index_offset(tmp_path, "an-encoder") is None
    offset.save(tmp_path, "an-encoder", {})
    path = tmp_path / INDEX_OFFSET_FILE
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ValueError, match="checksum"):
        load_index_offset(tmp_path, "an-encoder")
