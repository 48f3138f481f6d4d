"""What the Transformer is trained on: windows as events, with the denoiser's own conditions or with none."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from generator.conditioning import STYLE_DIMENSIONS
from generator.dataset import BarDataset
from generator.denoiser import SCALARS, Condition
from generator.engines.event_network import UNKNOWN_METRE
from generator.engines.event_tokens import EventTokens, tokens_of
from generator.engines.events import Events, dataset_events
from generator.notes import ROWS
from generator.taste.style import StyleEncoder, window_counts, window_features
from generator.training.anchor_stages import predict_style
from generator.training.stages import write_whole
from generator.training.train_denoiser import window_scalars, window_weights
from generator.training.train_style import NEIGHBOURS, neighbour_means
from generator.windows import WINDOW_BARS, Windows

LEAD = ROWS.index("lead")

_NEIGHBOUR_POOL = 6000
_ROW_RESTS = 0.1
_STYLE_DROPPED = 0.15
_SCALAR_DROPPED = 0.2
_FEWEST_NOTES = 8


@dataclass(frozen=True)
class EventExamples:
    """All that a step draws from, one entry a window; `style_means` is None where nothing but the rows is told."""

    dataset: BarDataset
    segment_range: np.ndarray
    windows: Windows
    weights: np.ndarray
    style_means: np.ndarray | None
    scalars: np.ndarray
    scalars_known: np.ndarray


def judge_examples(dataset: BarDataset, windows: Windows) -> EventExamples:
    """Return windows for a judge, which is told nothing: each work counts by the root of its windows."""
    _, work = np.unique(dataset.piece_work[windows.piece], return_inverse=True)
    weights = 1.0 / np.sqrt(np.bincount(work)[work])
    nothing = np.zeros((len(windows), len(SCALARS)), np.float32)
    return EventExamples(
        dataset,
        dataset.segment_range(),
        windows,
        weights / weights.sum(),
        None,
        nothing,
        nothing.astype(bool),
    )


def engine_examples(
    dataset: BarDataset, windows: Windows, style_encoder: StyleEncoder, stored: Path, seed: int
) -> EventExamples:
    """Return windows with the conditions that the denoiser is trained under; these are kept in `stored`."""
    if not stored.exists():
        rng = np.random.default_rng([seed, 2])
        features = window_features(dataset, dataset.segment_range(), windows.first_bar, windows.piece)
        style = predict_style(style_encoder, features)
        weights = window_weights(dataset, windows)
        pool = rng.choice(
            len(windows), min(_NEIGHBOUR_POOL, int((weights > 0).sum())), replace=False, p=weights
        )
        scalars, known = window_scalars(dataset, windows, style, window_counts(features))
        means = neighbour_means(style, dataset.piece_work[windows.piece], pool, rng)
        conditions = {"weights": weights, "style_means": means, "scalars": scalars, "scalars_known": known}
        write_whole(stored, lambda part: _write_arrays(part, conditions))
    with np.load(stored) as kept:
        return EventExamples(
            dataset,
            dataset.segment_range(),
            windows,
            kept["weights"],
            kept["style_means"],
            kept["scalars"],
            kept["scalars_known"],
        )


def _write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def draw_examples(
    examples: EventExamples,
    chosen: np.ndarray,
    longest: int,
    rng: np.random.Generator,
    *,
    tunes: bool = False,
) -> tuple[list[EventTokens], Condition]:
    """Return the tokens of the chosen windows and what the network is told of them.

    Rows rest at random; with `tunes` all but the tune.
    """
    dataset, sequences, resting = examples.dataset, [], []
    for window in chosen:
        piece = int(examples.windows.piece[window])
        events = dataset_events(
            dataset, examples.segment_range, int(examples.windows.first_bar[window]), WINDOW_BARS
        )
        rests = np.arange(len(ROWS)) != LEAD if tunes else rng.random(len(ROWS)) < _ROW_RESTS
        if tunes or (~rests[events.row]).sum() >= _FEWEST_NOTES:
            events = _without_rows(events, rests)
        tokens = tokens_of(events, has_dynamics=bool(dataset.piece_has_dynamics[piece]))
        sequences.append(tokens.first(longest))
        resting.append(~np.isin(np.arange(len(ROWS)), events.row))
    batch = len(chosen)
    told = rng.random(batch) >= _STYLE_DROPPED if examples.style_means is not None else np.zeros(batch, bool)
    style = np.zeros((batch, STYLE_DIMENSIONS), np.float32)
    if examples.style_means is not None:
        style[:] = examples.style_means[chosen, rng.integers(3, NEIGHBOURS, batch)]
    metre = dataset.piece_metre[examples.windows.piece[chosen]].astype(np.int64)
    known = examples.scalars_known[chosen] & (rng.random((batch, len(SCALARS))) >= _SCALAR_DROPPED)
    return sequences, Condition(
        style=torch.from_numpy(style),
        scalars=torch.from_numpy(examples.scalars[chosen]),
        known=torch.from_numpy(known),
        has_style=torch.from_numpy(told),
        metre=torch.from_numpy(np.where(told | (metre == 0), metre, UNKNOWN_METRE)),
        absent=torch.from_numpy(np.concatenate([np.zeros((batch, 1), bool), np.array(resting)], axis=1)),
    )


def _without_rows(events: Events, rests: np.ndarray) -> Events:
    kept = ~rests[events.row]
    return Events(
        events.row[kept], events.onset_steps[kept], events.duration_steps[kept], events.pitch[kept],
        events.velocity[kept], events.chords, events.metre,
    )  # fmt: skip
