"""The last stage of training: the anchors' accompaniment through the codec that ships."""

from pathlib import Path

import numpy as np
import torch

from generator.checkpoint import load_tensors
from generator.codec import Codec, CodecConfig
from generator.dataset import BarDataset, bar_planes
from generator.form import SECTION_BARS
from generator.latents import LatentScale
from generator.networks import ANCHORS_FILE, CODEC_FILE, DENOISER_FILE
from generator.notes import ROWS
from generator.taste.anchors import AnchorTable
from generator.taste.textures import LATENT_ROW_NUMBERS, TEXTURE_ROWS, TEXTURES_FILE, TextureTable, coded
from generator.training.loop import Report
from generator.windows import WINDOW_BARS

MOST_BYTES = 11_000_000
"""Of textures: where sixteen bars of each anchor would be more, the first eight ship, which is a section."""

_ANCHORS_AT_ONCE = 16


def ship_textures(weights_dir: Path, dataset: BarDataset, report: Report) -> str:
    """Encode the anchors' accompaniment with the codec and scale in `weights_dir`, write it beside; return its SHA-256.

    Raises FileNotFoundError where weights are missing, ValueError where their checksums are wrong, or where the anchors do
    not say where in the corpus they stand or stand in another one than `dataset`.
    """
    codec_tensors, config, codec_sha256 = load_tensors(weights_dir / CODEC_FILE)
    codec = Codec(CodecConfig(**config["codec"]))
    codec.load_state_dict(codec_tensors)
    tensors, _, _ = load_tensors(weights_dir / DENOISER_FILE)
    scale = LatentScale(tensors["scale.mean"], tensors["scale.deviation"])
    anchors = AnchorTable.load(weights_dir / ANCHORS_FILE)
    table = encode_textures(codec.eval(), scale, dataset, anchors, codec_sha256, report)
    return table.save(weights_dir / TEXTURES_FILE)


@torch.inference_mode()
def encode_textures(
    codec: Codec,
    scale: LatentScale,
    dataset: BarDataset,
    anchors: AnchorTable,
    codec_sha256: str,
    report: Report,
) -> TextureTable:
    """Return the textures of all anchors, in their order; raises ValueError as `ship_textures` does."""
    first_bars = corpus_bars(dataset, anchors)
    channels = codec.config.latent_channels
    each = len(TEXTURE_ROWS) * channels
    bars = WINDOW_BARS if len(first_bars) * WINDOW_BARS * each <= MOST_BYTES else SECTION_BARS
    codes = np.empty((len(first_bars), bars, len(TEXTURE_ROWS), channels), np.int8)
    segment_range = dataset.segment_range()
    for start in range(0, len(first_bars), _ANCHORS_AT_ONCE):
        some = first_bars[start : start + _ANCHORS_AT_ONCE]
        planes = bar_planes(dataset, segment_range, (some[:, None] + np.arange(bars)).reshape(-1))
        latent = scale.standardise(codec.encode(planes)[0])[:, list(LATENT_ROW_NUMBERS)]
        codes[start : start + len(some)] = coded(latent.numpy()).reshape(len(some), bars, -1, channels)
        report(start / len(first_bars), "encoding the anchors' accompaniment")
    rows = [ROWS.index(row) for row in TEXTURE_ROWS]
    return TextureTable(codes, anchors.programs[:, rows] >= 0, codec_sha256, anchors.passages_key())


def corpus_bars(dataset: BarDataset, anchors: AnchorTable) -> np.ndarray:
    """Return the first bar of each anchor (anchors,) int64 among the bars of `dataset`; raises ValueError."""
    if anchors.piece_id is None or anchors.first_bar is None:
        raise ValueError("these anchors do not say where in the corpus they stand")
    order = np.argsort(dataset.piece_id)
    places = np.searchsorted(dataset.piece_id, anchors.piece_id, sorter=order)
    pieces = order[np.minimum(places, len(order) - 1)]
    ends = anchors.first_bar + WINDOW_BARS
    if (dataset.piece_id[pieces] != anchors.piece_id).any() or (ends > dataset.piece_bars[pieces]).any():
        raise ValueError("these anchors stand in another corpus")
    return np.asarray(dataset.piece_first_bar[pieces].astype(np.int64) + anchors.first_bar)
