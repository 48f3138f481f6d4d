from pathlib import Path

import numpy as np
import pytest

from generator.anchors import AnchorTable, measure_hubness, ship_shift
from generator.checkpoint import load_tensors


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


def pairs_of(table: AnchorTable) -> tuple[np.ndarray, np.ndarray]:
    """Recordings of the anchors' music that all sound half like one thing the renders never do."""
    heard = table.vectors + np.array([[0.0, 0.0, 0.0, 1.5]])
    return unit(heard), table.vectors


def test_a_fitted_shift_brings_real_audio_to_its_own_anchor(table: AnchorTable) -> None:
    real, rendered = pairs_of(table)
    corrected = table.corrected(real[::2], rendered[::2])
    before, after = (
        np.mean([number in each.retrieve(real[[number]], k=5).indices for number in range(1, 80, 2)])
        for each in (table, corrected)
    )
    assert after > before + 0.2


def test_the_shift_is_shipped_in_the_table_with_what_it_was_fitted_on(
    table: AnchorTable, tmp_path: Path
) -> None:
    path = tmp_path / "anchors.safetensors"
    table.save(path, "an-encoder")
    real, rendered = pairs_of(table)
    ship_shift(path, real, rendered, "an-encoder", {"packages": ["one", "two"]})
    loaded, expected = AnchorTable.load(path), table.corrected(real, rendered)
    assert loaded.shift is not None
    assert expected.shift is not None
    np.testing.assert_allclose(loaded.shift.queries(real), expected.shift.queries(real), atol=2e-3)
    np.testing.assert_allclose(loaded.hubness, expected.hubness, atol=2e-3)
    assert loaded.credits == table.credits
    assert load_tensors(path)[1]["shift"] == {"pairs": 80, "packages": ["one", "two"]}


def test_a_shift_heard_by_another_encoder_is_not_shipped(table: AnchorTable, tmp_path: Path) -> None:
    path = tmp_path / "anchors.safetensors"
    table.save(path, "an-encoder")
    with pytest.raises(ValueError, match="heard by an-encoder"):
        ship_shift(path, *pairs_of(table), "another", {})
    assert AnchorTable.load(path).shift is None
    with pytest.raises(ValueError, match="pairs must be"):
        ship_shift(path, np.ones((5, 7)), np.ones((5, 7)), "an-encoder", {})
