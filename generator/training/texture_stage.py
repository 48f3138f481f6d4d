"""The last stage of training: the anchors' accompaniment through the codec that ships."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from generator.bars import METRES
from generator.checkpoint import load_tensors
from generator.codec import LATENT_ROWS, Codec, CodecConfig
from generator.dataset import BarDataset, bar_planes
from generator.form import SECTION_BARS
from generator.latents import ONSET_THRESHOLD, LatentScale
from generator.networks import ANCHORS_FILE, CODEC_FILE, DENOISER_FILE
from generator.notes import ROWS
from generator.taste.anchors import AnchorTable
from generator.taste.textures import LATENT_ROW_NUMBERS, TEXTURE_ROWS, TEXTURES_FILE, TextureTable, coded
from generator.training.loop import Report
from generator.windows import WINDOW_BARS

_ANCHORS_AT_ONCE = 16
_ROWS = [ROWS.index(row) for row in TEXTURE_ROWS]


def ship_textures(weights_dir: Path, dataset: BarDataset, report: Report) -> str:
    """Encode the anchors' accompaniment with the codec and scale in `weights_dir`, write it beside; return its SHA-256.

    Rows that are not heard in it leave the anchors' bands too: who asks for a band gets all of it. Raises FileNotFoundError where weights are missing, ValueError where their checksums are wrong, or where the anchors do
    not say where in the corpus they stand or stand in another one than `dataset`.
    """
    codec_tensors, config, codec_sha256 = load_tensors(weights_dir / CODEC_FILE)
    codec = Codec(CodecConfig(**config["codec"])).eval()
    codec.load_state_dict(codec_tensors)
    tensors, _, _ = load_tensors(weights_dir / DENOISER_FILE)
    scale = LatentScale(tensors["scale.mean"], tensors["scale.deviation"])
    anchors = AnchorTable.load(weights_dir / ANCHORS_FILE)
    table = encode_textures(codec, scale, dataset, anchors, codec_sha256, report)
    return keep_what_is_heard(weights_dir, codec, scale, table, anchors)


def keep_what_is_heard(
    weights_dir: Path, codec: Codec, scale: LatentScale, table: TextureTable, anchors: AnchorTable
) -> str:
    """Write textures and anchors without the rows that the textures are silent in; return the textures' SHA-256."""
    kept = table.without(~rows_heard(codec, scale, table, anchors))
    programs = anchors.programs.copy()
    programs[:, _ROWS] = np.where(kept.plays, programs[:, _ROWS], -1)
    _, config, _ = load_tensors(weights_dir / ANCHORS_FILE)
    replace(anchors, programs=programs).save(weights_dir / ANCHORS_FILE, anchors.encoder, config.get("shift"))
    return kept.save(weights_dir / TEXTURES_FILE)


@torch.inference_mode()
def rows_heard(codec: Codec, scale: LatentScale, table: TextureTable, anchors: AnchorTable) -> np.ndarray:
    """Return which rows of each texture, decoded under its own chords, strike a note in their first section (anchors, 4) bool.

    A short piece may have no more than a section: what enters later would not be in it.
    """
    heard = np.zeros((len(table), len(TEXTURE_ROWS)), bool)
    bars = SECTION_BARS
    for number in range(len(table)):
        texture = table.texture(number).of_bars(np.arange(bars))
        latent = torch.zeros(bars, len(LATENT_ROWS), texture.latent.shape[-1])
        latent[:, list(LATENT_ROW_NUMBERS)] = torch.from_numpy(texture.latent)
        patches = torch.full((bars,), METRES[int(anchors.metre[number])].patches)
        chords = torch.from_numpy(texture.chords.astype(np.int64))
        logits = codec.decode(scale.restore(latent), chords, patches)
        pitched = torch.sigmoid(logits.onset).amax((0, 2, 3))[1:]
        drums = torch.sigmoid(logits.drum_onset).amax()
        heard[number] = (torch.cat([pitched, drums[None]]) > ONSET_THRESHOLD).numpy()
    return heard


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
    plays = anchors.programs[:, _ROWS] >= 0
    rows = np.cumsum(np.r_[0, plays.sum(1)])
    codes = np.empty((rows[-1], WINDOW_BARS, codec.config.latent_channels), np.int8)
    segment_range = dataset.segment_range()
    for start in range(0, len(first_bars), _ANCHORS_AT_ONCE):
        some = first_bars[start : start + _ANCHORS_AT_ONCE]
        planes = bar_planes(dataset, segment_range, (some[:, None] + np.arange(WINDOW_BARS)).reshape(-1))
        latent = scale.standardise(codec.encode(planes)[0])[:, list(LATENT_ROW_NUMBERS)]
        by_row = coded(latent.numpy()).reshape(len(some), WINDOW_BARS, len(TEXTURE_ROWS), -1).swapaxes(1, 2)
        codes[rows[start] : rows[start + len(some)]] = by_row[plays[start : start + len(some)]]
        report(start / len(first_bars), "encoding the anchors' accompaniment")
    chords = dataset.bar_chords[first_bars[:, None] + np.arange(WINDOW_BARS)].astype(np.int8)
    return TextureTable(codes, plays, chords, codec_sha256, anchors.passages_key())


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
