from pathlib import Path

import numpy as np
import pytest

from generator.anchors import AnchorTable, measure_hubness


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def table() -> AnchorTable:
    """Eighty anchors in two styles that point opposite ways; the second is in minor, slow and without drums."""
    rng = np.random.default_rng(0)
    direction = np.repeat([[1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]], 40, axis=0)
    vectors = unit(direction + 0.3 * rng.standard_normal((80, 4)))
    second = np.arange(80) >= 40
    programs = np.tile(np.array([73, 0, 48, 33, 128], np.int16), (80, 1))
    programs[second] = (68, 0, -1, 32, -1)
    return AnchorTable(
        vectors=vectors,
        styles=np.where(second[:, None], -1.0, 1.0).astype(np.float32) * np.ones((1, 24), np.float32),
        programs=programs,
        tempo_bpm=np.where(second, 60.0, 100.0).astype(np.float32),
        is_minor=second,
        metre=second.astype(np.int8),
        hubness=measure_hubness(vectors, vectors),
        source_styles=tuple(np.where(second, "chamber", "rock").tolist()),
        credits=tuple(f"piece {number % 7}" for number in range(80)),
    )


def test_a_taste_finds_the_style_it_sounds_like(table: AnchorTable) -> None:
    found = table.retrieve(unit(np.array([[-1.0, 0.1, 0.0, 0.0]])), k=16)
    assert set(found.source_styles) == {"chamber"}
    assert found.style.tolist() == [-1.0] * 24
    assert found.programs == {"lead": 68, "comp": 0, "bass": 32}
    assert found.metre == "3/4"


def test_a_narrow_wish_gives_way_where_too_few_anchors_fit(table: AnchorTable) -> None:
    query = unit(np.array([[1.0, 0.0, 0.0, 0.0]]))
    found = table.retrieve(query, k=16, tempo_bpm=100, mode="minor", has_drums=True)
    assert len(found.indices) == 16
    assert not table.is_minor[found.indices].any()


def test_tempo_counts_octave_free(table: AnchorTable) -> None:
    found = table.retrieve(unit(np.array([[1.0, 0.0, 0.0, 0.0]])), k=16, tempo_bpm=121)
    assert set(found.source_styles) == {"chamber"}


def test_a_hub_is_not_everybodys_anchor(table: AnchorTable) -> None:
    hub = unit(np.array([[0.4, 1.0, 0.0, 0.0]]))
    vectors = np.concatenate([hub, table.vectors])
    references = unit(np.random.default_rng(1).standard_normal((200, 4)) + np.array([[0.4, 1.0, 0.0, 0.0]]))
    hubness = measure_hubness(vectors, references)
    assert hubness[0] == hubness.max()


def test_credits_are_named_once(table: AnchorTable) -> None:
    found = table.retrieve(table.vectors[:3], k=32)
    assert sorted(found.credits) == [f"piece {number}" for number in range(7)]


def test_vectors_of_another_encoder_are_refused(table: AnchorTable) -> None:
    with pytest.raises(ValueError, match="tracks, 4"):
        table.retrieve(np.ones((2, 7), np.float32))


def test_a_table_survives_being_saved(table: AnchorTable, tmp_path: Path) -> None:
    table.save(tmp_path / "anchors.safetensors", "an-encoder")
    loaded = AnchorTable.load(tmp_path / "anchors.safetensors")
    np.testing.assert_allclose(loaded.vectors, table.vectors, atol=1e-3)
    assert loaded.is_minor.dtype == bool
    assert loaded.credits == table.credits
