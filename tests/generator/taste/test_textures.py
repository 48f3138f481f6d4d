from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.taste.textures import LATENT_ROW_NUMBERS, TextureTable, coded


@pytest.fixture
def table(rng: np.random.Generator) -> TextureTable:
    """Three textures of eight bars, the second without a pad."""
    plays = np.ones((3, 4), bool)
    plays[1, 1] = False
    return TextureTable(
        coded(rng.standard_normal((11, 8, 5))), plays, np.zeros((3, 8, 4), np.int8), "c" * 64, "passages"
    )


def test_eight_bits_keep_a_latent_within_a_hundredth_of_a_deviation(rng: np.random.Generator) -> None:
    latent = rng.standard_normal((4, 8, 5)).astype(np.float32).clip(-3.9, 3.9)
    table = TextureTable(coded(latent), np.ones((1, 4), bool), np.zeros((1, 8, 4), np.int8), "", "")
    kept = table.texture(0).latent.swapaxes(0, 1)
    assert np.abs(kept - latent).max() <= 0.5 * 4 / 127 + 1e-6
    assert np.sqrt(np.mean((kept - latent) ** 2)) < 0.01


def test_a_texture_fills_its_rows_and_leaves_the_tune_and_resting_rows(table: TextureTable) -> None:
    known = torch.full((2, 16, 6, 5), 9.0)
    texture = table.texture(1)
    laid = texture.laid_over(known, 6, 10)
    comp, pad, bass, drums = LATENT_ROW_NUMBERS
    for row, number in ((0, comp), (2, bass), (3, drums)):
        np.testing.assert_array_equal(laid[0, 6:14, number].numpy(), texture.latent[:, row])
        # the ninth bar is the first one again
        np.testing.assert_array_equal(laid[1, 14:, number].numpy(), texture.latent[:2, row])
    untouched = laid == known
    assert untouched[:, :6].all()
    assert untouched[:, :, [0, 1, pad]].all()
    assert (known == 9.0).all()
    assert texture.latent_rows == (comp, bass, drums)


def test_chosen_bars_make_a_texture_with_their_chords(table: TextureTable) -> None:
    written = replace(table, chords=np.arange(96, dtype=np.int8).reshape(3, 8, 4)).texture(2)
    chosen = written.of_bars(np.array([7, 0, 0]))
    np.testing.assert_array_equal(chosen.latent, written.latent[[7, 0, 0]])
    assert chosen.chords[:, 0].tolist() == [92, 64, 64]
    assert chosen.latent_rows == written.latent_rows


def test_rows_can_leave_a_table_and_the_others_stay_what_they_are(table: TextureTable) -> None:
    silent = np.zeros((3, 4), bool)
    silent[0, 2] = silent[1, 1] = silent[2, 0] = True
    left = table.without(silent)
    assert left.plays.tolist() == [[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 1]]
    for number in range(3):
        kept, before = left.texture(number), table.texture(number)
        np.testing.assert_array_equal(kept.latent, np.where(kept.plays[:, None], before.latent, 0.0))


def test_a_table_survives_being_saved_and_another_codecs_is_refused(
    table: TextureTable, tmp_path: Path
) -> None:
    path = tmp_path / "textures.safetensors"
    table.save(path)
    loaded = TextureTable.load(path, "c" * 64, "passages")
    np.testing.assert_array_equal(loaded.codes, table.codes)
    assert loaded.texture(1).plays.tolist() == [True, False, True, True]
    with pytest.raises(ValueError, match="another codec"):
        TextureTable.load(path, "d" * 64, "passages")
    with pytest.raises(ValueError, match="other anchors"):
        TextureTable.load(path, "c" * 64, "others")
    with pytest.raises(ValueError, match="none has the number 3"):
        loaded.texture(3)
