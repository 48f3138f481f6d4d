from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generator.checkpoint import load_tensors
from generator.taste.anchors import AnchorTable, measure_hubness, ship_shift


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def bands_of(table: AnchorTable) -> set[int]:
    """The bands that twelve seeds give whoever sounds like the first anchor."""
    query = table.vectors[:1]
    return {table.retrieve(query, rng=np.random.default_rng(seed)).band for seed in range(12)}


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
    found = table.retrieve(query, k=4, mode="minor", has_drums=True)
    assert len(found.indices) == 4
    assert not table.is_minor[found.indices].any()
    assert table.is_minor[table.retrieve(query, k=4, mode="minor").indices].all()


def test_of_anchors_that_sound_alike_those_in_tempo_are_taken_and_tempo_counts_octave_free(
    table: AnchorTable,
) -> None:
    same = replace(table, vectors=np.repeat(table.vectors[:1], 80, axis=0), hubness=np.zeros(80, np.float32))
    for tempo_bpm in (60.0, 121.0, 31.0):
        found = same.retrieve(table.vectors[:1], k=8, tempo_bpm=tempo_bpm)
        assert set(found.source_styles) == {"chamber"}
    assert set(same.retrieve(table.vectors[:1], k=8, tempo_bpm=104.0).source_styles) == {"rock"}


def test_tempo_does_not_outweigh_the_sound(table: AnchorTable) -> None:
    found = table.retrieve(unit(np.array([[1.0, 0.0, 0.0, 0.0]])), k=8, tempo_bpm=60.0)
    assert set(found.source_styles) == {"rock"}


def test_tracks_that_count_more_pull_the_anchors_to_them(table: AnchorTable) -> None:
    queries = unit(np.array([[1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]]))
    for weights, style in (([0.9, 0.1], "rock"), ([0.1, 0.9], "chamber")):
        found = table.retrieve(queries, k=8, query_weights=np.array(weights))
        assert set(found.source_styles) == {style}


def test_two_seeds_do_not_always_take_the_same_band(table: AnchorTable) -> None:
    bands = bands_of(table)
    assert len(bands) > 2
    assert bands <= set(table.retrieve(table.vectors[:1]).indices[:8].tolist())


def test_textures_are_of_the_bands_metre_and_play_all_of_its_rows(table: AnchorTable) -> None:
    query = table.vectors[:1]
    found = table.retrieve(query)
    second = next(int(number) for number in found.indices if number != found.band)
    table.programs[second, 1] = -1
    table.metre[found.indices[-1]] = 2
    found = table.retrieve(query)
    assert found.textures[0] == found.band
    assert len(found.textures) == len(set(found.textures)) == 3
    assert not {second, int(found.indices[-1])} & set(found.textures[1:])


def test_a_drum_take_lends_nobody_its_band(table: AnchorTable) -> None:
    nearest = table.retrieve(table.vectors[:1]).indices
    table.programs[nearest[0], :-1] = -1
    assert nearest[0] not in bands_of(table)


@pytest.mark.parametrize("program", [116, 120, 127])
def test_nobody_is_given_a_tune_on_an_instrument_without_pitch(table: AnchorTable, program: int) -> None:
    nearest = table.retrieve(table.vectors[:1]).indices
    assert nearest[0] in bands_of(table)
    table.programs[nearest[0], 0] = program
    assert nearest[0] not in bands_of(table)
    table.programs[:, 0] = program
    assert bands_of(table) <= set(nearest.tolist())


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
    for wrong in (np.ones((2, 4)), np.full((2, 4), np.nan)):
        with pytest.raises(ValueError, match="length one"):
            table.retrieve(wrong)


def test_a_table_survives_being_saved(table: AnchorTable, tmp_path: Path) -> None:
    table.save(tmp_path / "anchors.safetensors", "an-encoder")
    loaded = AnchorTable.load(tmp_path / "anchors.safetensors")
    np.testing.assert_allclose(loaded.vectors, table.vectors, atol=1e-3)
    assert loaded.is_minor.dtype == bool
    assert loaded.credits == table.credits
    assert (loaded.encoder, loaded.piece_id) == ("an-encoder", None)
    placed = replace(table, piece_id=np.arange(80), first_bar=np.arange(80) * 4)
    placed.save(tmp_path / "anchors.safetensors", "an-encoder")
    again = AnchorTable.load(tmp_path / "anchors.safetensors")
    assert again.first_bar is not None
    assert again.first_bar.tolist() == list(range(0, 320, 4))


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
