"""The stages between the codec and the denoiser: hear anchors, learn to tell style from notes, make the table that ships."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from generator.dataset import BarDataset
from generator.taste.anchors import AnchorTable, measure_hubness
from generator.taste.style import StyleEncoder, StyleSpace
from generator.training.loop import Report
from generator.training.render_anchors import Listen, choose_anchors, hear_anchors
from generator.training.stages import RecipeConfig, wait_for_all_shards, write_whole
from generator.training.train_style import fit_style_encoder
from generator.windows import Windows


@dataclass(frozen=True)
class Ear:
    """The encoder that hears anchors, passed in from above.

    `listen` gives the raw features (dimensions,) of mono samples at 16 kHz; `unit` turns raw features (tracks, dimensions),
    averaged where there are several excerpts, into unit vectors.
    """

    name: str
    listen: Listen
    unit: Callable[[np.ndarray], np.ndarray]


def heard_anchors(
    dataset: BarDataset,
    windows: Windows,
    work_dir: Path,
    ear: Ear,
    config: RecipeConfig,
    report: Report,
    shard: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows that are anchors (anchors,) and raw features of their renders (anchors, renders, dimensions)."""
    chosen = choose_anchors(dataset, windows, config.anchors, np.random.default_rng([config.seed, 1]))
    if shard == 0:
        hear_anchors(dataset, windows, chosen, ear.listen, work_dir, report)
    wait_for_all_shards()
    return hear_anchors(dataset, windows, chosen, ear.listen, work_dir, report)


def fitted_style_encoder(
    dataset: BarDataset,
    windows: Windows,
    features: np.ndarray,
    heard: np.ndarray,
    raw: np.ndarray,
    ear: Ear,
    work_dir: Path,
    config: RecipeConfig,
) -> tuple[StyleEncoder, np.ndarray]:
    """Return the style encoder and the share of variance it explains on works it never saw (24,), fitted once."""
    path = work_dir / "style.pt"
    encoder = StyleEncoder()
    if path.exists():
        state = torch.load(path, weights_only=True)
        encoder.load_state_dict(state["encoder"])
        return encoder.eval(), state["explained"].numpy()
    units = ear.unit(raw.reshape(-1, raw.shape[-1])).reshape(raw.shape)
    style = StyleSpace.fit(units).project(units.mean(1))
    fitted = fit_style_encoder(
        features[heard], style, dataset.piece_work[windows.piece[heard]], seed=config.seed
    )
    state = {"encoder": fitted.encoder.state_dict(), "explained": torch.from_numpy(fitted.explained)}
    write_whole(path, lambda part: torch.save(state, part))
    return fitted.encoder, fitted.explained


def anchor_table(
    dataset: BarDataset,
    windows: Windows,
    features: np.ndarray,
    heard: np.ndarray,
    raw: np.ndarray,
    style_encoder: StyleEncoder,
    ear: Ear,
) -> AnchorTable:
    """Return the table that ships: what was heard, the styles of the notes, bands, tempi and credits."""
    # the first half of the renders are the plain ones: excerpts of one clean recording
    vectors = ear.unit(raw[:, : raw.shape[1] // 2].mean(1))
    piece = windows.piece[heard]
    return AnchorTable(
        vectors=vectors,
        styles=predict_style(style_encoder, features[heard]),
        programs=dataset.piece_programs[piece],
        tempo_bpm=dataset.piece_tempo_bpm[piece],
        is_minor=dataset.piece_is_minor[piece],
        metre=dataset.piece_metre[piece],
        hubness=measure_hubness(vectors, vectors),
        source_styles=tuple(dataset.piece_style[piece].tolist()),
        credits=tuple(dataset.piece_credit[piece].tolist()),
        encoder=ear.name,
        piece_id=dataset.piece_id[piece].astype(np.int64),
        first_bar=(windows.first_bar[heard] - dataset.piece_first_bar[piece]).astype(np.int64),
    )


def predict_style(encoder: StyleEncoder, features: np.ndarray) -> np.ndarray:
    """Return the styles (windows, 24) of counts (windows, FEATURES)."""
    with torch.inference_mode():
        return np.asarray(encoder(torch.from_numpy(features)).numpy())
