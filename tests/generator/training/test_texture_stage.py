from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.codec import LATENT_ROWS, Codec, CodecConfig
from generator.corpus import read_corpus
from generator.dataset import BarDataset, bar_planes, build_dataset
from generator.latents import LatentScale
from generator.networks import ANCHORS_FILE
from generator.taste.anchors import AnchorTable
from generator.taste.textures import LATENT_ROW_NUMBERS, TEXTURES_FILE, TextureTable
from generator.training.texture_stage import corpus_bars, encode_textures, keep_what_is_heard, rows_heard
from generator.windows import find_windows
from tests.generator.corpora import write_tables
from tests.generator.taste.small_anchors import anchors_everywhere


def nobody_watches(_share: float, _words: str) -> None:
    """No report is read."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    return build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=6, bars=20)))


@pytest.fixture(scope="module")
def anchors(dataset: BarDataset) -> AnchorTable:
    return anchors_everywhere(dataset)


def test_textures_are_the_codecs_own_latents_of_the_anchors_bars(
    dataset: BarDataset, anchors: AnchorTable
) -> None:
    codec = Codec(CodecConfig(width=16, heads=2, encoder_layers=1, decoder_layers=1)).eval()
    channels = codec.config.latent_channels
    scale = LatentScale(torch.zeros(len(LATENT_ROWS), channels), torch.ones(len(LATENT_ROWS), channels))
    table = encode_textures(codec, scale, dataset, anchors, "c" * 64, nobody_watches)
    assert table.codes.shape == ((anchors.programs[:, 1:] >= 0).sum(), 16, channels)
    first = int(find_windows(dataset, "train", hop=4).first_bar[1])
    with torch.inference_mode():
        latent, _ = codec.encode(bar_planes(dataset, dataset.segment_range(), np.arange(first, first + 16)))
    expected = latent[:, list(LATENT_ROW_NUMBERS)].numpy().clip(-4, 4)
    texture = table.texture(1)
    np.testing.assert_allclose(texture.latent[:, texture.plays], expected[:, texture.plays], atol=0.03)
    assert table.passages_key == anchors.passages_key()
    assert table.plays.tolist() == (anchors.programs[:, 1:] >= 0).tolist()


def test_rows_that_a_texture_is_silent_in_leave_it_and_the_band(
    tmp_path: Path, dataset: BarDataset, anchors: AnchorTable
) -> None:
    codec = Codec(CodecConfig(width=16, heads=2, encoder_layers=1, decoder_layers=1)).eval()
    channels = codec.config.latent_channels
    scale = LatentScale(torch.zeros(len(LATENT_ROWS), channels), torch.ones(len(LATENT_ROWS), channels))
    table = encode_textures(codec, scale, dataset, anchors, "c" * 64, nobody_watches)
    with torch.no_grad():
        codec.drums_out.bias.fill_(100.0)
        codec.line_out.bias.fill_(100.0)
        assert rows_heard(codec, scale, table, anchors).all()
        codec.line_out.bias.fill_(-100.0)
    assert rows_heard(codec, scale, table, anchors).tolist() == [[False, False, False, True]] * len(table)
    anchors.save(tmp_path / ANCHORS_FILE, "an ear")
    keep_what_is_heard(tmp_path, codec, scale, table, AnchorTable.load(tmp_path / ANCHORS_FILE))
    kept = AnchorTable.load(tmp_path / ANCHORS_FILE)
    assert (kept.programs[:, 1:4] == -1).all()
    np.testing.assert_array_equal(kept.programs[:, [0, 4]], anchors.programs[:, [0, 4]])
    textures = TextureTable.load(tmp_path / TEXTURES_FILE, "c" * 64, kept.passages_key())
    assert textures.plays.tolist() == (kept.programs[:, 1:] >= 0).tolist()


def test_anchors_of_another_corpus_or_of_none_are_refused(dataset: BarDataset, anchors: AnchorTable) -> None:
    with pytest.raises(ValueError, match="where in the corpus"):
        corpus_bars(dataset, replace(anchors, piece_id=None))
    assert anchors.piece_id is not None
    with pytest.raises(ValueError, match="another corpus"):
        corpus_bars(dataset, replace(anchors, piece_id=anchors.piece_id + 10_000))
    with pytest.raises(ValueError, match="another corpus"):
        corpus_bars(dataset, replace(anchors, first_bar=np.full(len(anchors.vectors), 19)))


def test_where_anchors_stand_is_found_again(dataset: BarDataset, anchors: AnchorTable) -> None:
    windows = find_windows(dataset, "train", hop=4)
    assert corpus_bars(dataset, anchors).tolist() == windows.first_bar.tolist()
