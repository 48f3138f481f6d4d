"""The stages between the codec and the denoiser: hear anchors, learn to tell style from notes, make the table that ships."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.checkpoint import load_tensors
from generator.conditioning import STYLE_DIMENSIONS
from generator.dataset import BarDataset
from generator.networks import ANCHORS_FILE
from generator.taste.anchors import AnchorTable, measure_hubness
from generator.taste.style import StyleEncoder, StyleSpace
from generator.training.loop import Report
from generator.training.render_anchors import Listen, choose_anchors, hear_anchors
from generator.training.stages import RecipeConfig, wait_for_all_shards, write_whole
from generator.training.texture_stage import corpus_bars
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


@dataclass(frozen=True, eq=False)
class KnownAnchors:
    """Anchors before their styles are known.

    `units` (anchors, renders, dimensions) is what was heard of each, as unit vectors; `features` (anchors, FEATURES) and
    `work` (anchors,) are what the style encoder learns from; `table` makes the table that ships, given that encoder.
    `shift_provenance` says what the shift of anchors that were taken over was fitted on.
    """

    units: np.ndarray
    features: np.ndarray
    work: np.ndarray
    without_styles: AnchorTable
    shift_provenance: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.units)

    def table(self, style_encoder: StyleEncoder) -> AnchorTable:
        """Return the table that ships: what was heard, the styles of the notes, bands, tempi and credits."""
        return replace(self.without_styles, styles=predict_style(style_encoder, self.features))


def known_anchors(
    dataset: BarDataset,
    windows: Windows,
    features: np.ndarray,
    work_dir: Path,
    ear: Ear,
    config: RecipeConfig,
    report: Report,
    shard: int,
) -> KnownAnchors:
    """Return the anchors of the weights that are gone on from, or choose, render and hear some.

    Raises ValueError where those to go on from were heard by another encoder or stand in another corpus.
    """
    if config.start_from is not None:
        return _kept_anchors(Path(config.start_from) / ANCHORS_FILE, dataset, windows, features, ear)
    chosen = choose_anchors(dataset, windows, config.anchors, np.random.default_rng([config.seed, 1]))
    if shard == 0:
        hear_anchors(dataset, windows, chosen, ear.listen, work_dir, report)
    wait_for_all_shards()
    heard, raw = hear_anchors(dataset, windows, chosen, ear.listen, work_dir, report)
    # the first half of the renders are the plain ones: excerpts of one clean recording
    vectors = ear.unit(raw[:, : raw.shape[1] // 2].mean(1))
    piece = windows.piece[heard]
    table = AnchorTable(
        vectors=vectors,
        styles=np.zeros((len(heard), STYLE_DIMENSIONS), np.float32),
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
    units = ear.unit(raw.reshape(-1, raw.shape[-1])).reshape(*raw.shape[:2], -1)
    return KnownAnchors(units, features[heard], dataset.piece_work[piece], table)


def _kept_anchors(
    path: Path, dataset: BarDataset, windows: Windows, features: np.ndarray, ear: Ear
) -> KnownAnchors:
    _, config, _ = load_tensors(path)
    table = AnchorTable.load(path)
    if table.encoder != ear.name:
        raise ValueError(f"the anchors to go on from were heard by {table.encoder}, and not by {ear.name}")
    first_bars = corpus_bars(dataset, table)
    order = np.argsort(windows.first_bar)
    place = np.searchsorted(windows.first_bar, first_bars, sorter=order)
    heard = order[np.minimum(place, len(order) - 1)]
    if (windows.first_bar[heard] != first_bars).any():
        raise ValueError("the anchors to go on from are no windows of the training works")
    work = dataset.piece_work[windows.piece[heard]]
    return KnownAnchors(table.vectors[:, None], features[heard], work, table, config.get("shift"))


def fitted_style_encoder(
    anchors: KnownAnchors, work_dir: Path, config: RecipeConfig
) -> tuple[StyleEncoder, np.ndarray]:
    """Return the style encoder and the share of variance it explains on works it never saw (24,), fitted once."""
    path = work_dir / "style.pt"
    encoder = StyleEncoder()
    if path.exists():
        state = torch.load(path, weights_only=True)
        encoder.load_state_dict(state["encoder"])
        return encoder.eval(), state["explained"].numpy()
    style = StyleSpace.fit(anchors.units).project(anchors.units.mean(1))
    fitted = fit_style_encoder(anchors.features, style, anchors.work, seed=config.seed)
    state = {"encoder": fitted.encoder.state_dict(), "explained": torch.from_numpy(fitted.explained)}
    write_whole(path, lambda part: torch.save(state, part))
    return fitted.encoder, fitted.explained


def predict_style(encoder: StyleEncoder, features: np.ndarray) -> np.ndarray:
    """Return the styles (windows, 24) of counts (windows, FEATURES)."""
    with torch.inference_mode():
        return np.asarray(encoder(torch.from_numpy(features)).numpy())
