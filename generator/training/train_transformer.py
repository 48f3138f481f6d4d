"""Fitting the Transformer: the peer engine under the denoiser's own conditions, and a judge under none."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.conditioning import STYLE_DIMENSIONS
from generator.dataset import BarDataset
from generator.denoiser import SCALARS, Condition
from generator.engines.event_loss import loss_of_next
from generator.engines.event_network import UNKNOWN_METRE, EventNetwork, EventNetworkConfig
from generator.engines.event_tokens import NOTHING, EventTokens, tokens_of
from generator.engines.events import Events, dataset_events
from generator.engines.transformer import (
    JUDGED_PARTS,
    TRANSFORMER_FILE,
    TransformerEngine,
    batch_of,
    events_bits,
    unasked,
)
from generator.notes import ROWS
from generator.taste.style import StyleEncoder, window_counts, window_features
from generator.training.anchor_stages import predict_style
from generator.training.loop import LoopConfig, Report, fit
from generator.training.stages import write_whole
from generator.training.train_denoiser import window_scalars, window_weights
from generator.training.train_style import NEIGHBOURS, neighbour_means
from generator.windows import WINDOW_BARS, Windows, find_windows

WINDOWS_A_STEP = 12
_STEPS_A_POOL = 8
"""Windows for so many steps are drawn together and shared out by length, so that little of a batch is filling."""

_NEIGHBOUR_POOL = 6000
_ROW_RESTS = 0.1
_STYLE_DROPPED = 0.15
_SCALAR_DROPPED = 0.2
_FEWEST_NOTES = 8
_MEASURED_WINDOWS = 300

DATASET_FILE, STYLE_FILE = "dataset.npz", "style.pt"
"""What the generator's training leaves in its work folder."""


JUDGE_CONFIG = EventNetworkConfig(width=160, layers=4, heads=4, longest=400)
"""A judge sees few works and must be trained while a bench waits, so it is small."""


@dataclass(frozen=True)
class TransformerRecipe:
    """How much of everything; the sizes of the network stand in `EventNetworkConfig`."""

    steps: int = 3000
    learning_rate: float = 1.5e-3
    hidden_learning_rate: float = 0.02
    width: int = 256
    layers: int = 6
    seed: int = 0
    device: str = "cpu"

    def loop(self) -> LoopConfig:
        """Return the training loop's part of it."""
        return LoopConfig(
            steps=self.steps,
            learning_rate=self.learning_rate,
            hidden_parts=("blocks",),
            hidden_learning_rate=self.hidden_learning_rate,
            warmup_steps=60,
            ema_decay=0.998,
            checkpoint_every=100,
            seed=self.seed,
            device=self.device,
        )


def train_transformer(
    work_dir: Path, weights_dir: Path, recipe: TransformerRecipe, report: Report
) -> dict[str, Any]:
    """Train the peer engine on what the generator's training left in `work_dir`, write it and return what was measured.

    Conditions and checkpoints lie in `work_dir` too; started again, training goes on from there. Raises ValueError where the
    generator has not been trained in that folder as far as its style encoder.
    """
    if not all((work_dir / name).is_file() for name in (DATASET_FILE, STYLE_FILE)):
        raise ValueError(f"{work_dir} holds no dataset and style encoder; train the generator there first")
    started = time.monotonic()
    dataset = BarDataset.load(work_dir / DATASET_FILE)
    style_encoder = StyleEncoder()
    style_encoder.load_state_dict(torch.load(work_dir / STYLE_FILE, weights_only=True)["encoder"])
    examples = engine_examples(
        dataset,
        find_windows(dataset, "train"),
        style_encoder.eval(),
        work_dir / "transformer_conditions.npz",
        recipe.seed,
    )
    network = seeded_network(EventNetworkConfig(width=recipe.width, layers=recipe.layers), recipe.seed)
    curve = fit_transformer(
        network.to(recipe.device), examples, recipe.loop(), work_dir / "transformer.ckpt", report
    )
    network = network.cpu()
    typical = {}
    for split in ("valid", "test"):
        windows = find_windows(dataset, split)
        chosen = np.random.default_rng(0).permutation(len(windows))[:_MEASURED_WINDOWS]
        bits = held_out_bits(network, dataset, windows, chosen)
        typical[split] = [round(float(value), 3) for value in np.nanpercentile(bits, (5, 50, 95))]
    low, middle, high = typical["valid"]
    sha256 = TransformerEngine(network, (low, middle, high)).save(weights_dir / TRANSFORMER_FILE)
    report(1.0, "trained")
    return {
        "recipe": asdict(recipe),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "windows": len(examples.windows),
        "bits_a_note": typical,
        "curve": curve,
        "sha256": sha256,
        "wall_seconds": round(time.monotonic() - started),
    }


def train_judge(
    dataset: BarDataset, windows: Windows, steps: int, seed: int, checkpoint: Path, report: Report
) -> TransformerEngine:
    """Return a judge trained on windows and nothing else; its checkpoint is kept, and taken up where it is there."""
    network = seeded_network(JUDGE_CONFIG, seed)
    loop = replace(TransformerRecipe(steps=steps, seed=seed).loop(), warmup_steps=30, ema_decay=0.995)
    fit_transformer(network, judge_examples(dataset, windows), loop, checkpoint, report)
    return TransformerEngine(network)


def seeded_network(config: EventNetworkConfig, seed: int) -> EventNetwork:
    """Return a network with the random weights of a seed."""
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        return EventNetwork(config)


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


def fit_transformer(
    network: EventNetwork, examples: EventExamples, config: LoopConfig, checkpoint: Path, report: Report
) -> list[dict[str, float]]:
    """Train the network and return its curve: nats a token, and bits a note as a judge counts them."""
    cumulative = np.cumsum(examples.weights)

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        del rng  # all chance lies in which windows are drawn and what of them is told
        pool, place = divmod(number, _STEPS_A_POOL)
        draw = np.random.default_rng((config.seed, pool, config.shard))
        chosen = np.searchsorted(cumulative, draw.random(_STEPS_A_POOL * WINDOWS_A_STEP))
        chosen = chosen.clip(0, len(cumulative) - 1)
        first_bar = examples.windows.first_bar[chosen]
        length = examples.segment_range[first_bar + WINDOW_BARS] - examples.segment_range[first_bar]
        batches = np.array_split(chosen[np.argsort(length, kind="stable")], _STEPS_A_POOL)
        batch = batches[draw.permutation(_STEPS_A_POOL)[place]]
        rng_of_step = np.random.default_rng((config.seed, number, config.shard, 1))
        tokens, condition = draw_examples(examples, batch, network.config.longest, rng_of_step)
        return _loss(network, tokens, condition, config.device)

    return fit(network, step, config, checkpoint, report)


def _loss(
    network: EventNetwork, sequences: list[EventTokens], condition: Condition, device: str
) -> tuple[torch.Tensor, dict[str, float]]:
    tokens, condition = batch_of(sequences).to(device), condition.to(device)
    hidden = network(tokens, network.context(condition))
    parts = loss_of_next(network, hidden, tokens, condition)
    lengths = torch.tensor([len(sequence) - 1 for sequence in sequences], device=device)
    counted = torch.arange(tokens.when.shape[1] - 1, device=device) < lengths[:, None]
    totals = {name: torch.where(counted, nats, 0.0).sum() for name, nats in parts.items()}
    notes = sum(int((sequence.what < NOTHING).sum()) for sequence in sequences)
    bits = {name: float(total.detach()) / np.log(2.0) / max(notes, 1) for name, total in totals.items()}
    loss = sum(totals.values(), torch.zeros((), device=device)) / counted.sum()
    return loss, {"bits_a_note": sum(bits[name] for name in JUDGED_PARTS), **bits}


def draw_examples(
    examples: EventExamples, chosen: np.ndarray, longest: int, rng: np.random.Generator
) -> tuple[list[EventTokens], Condition]:
    """Return the tokens of the chosen windows and what the network is told of them; rows rest at random."""
    dataset, sequences, resting = examples.dataset, [], []
    for window in chosen:
        piece = int(examples.windows.piece[window])
        events = dataset_events(
            dataset, examples.segment_range, int(examples.windows.first_bar[window]), WINDOW_BARS
        )
        rests = rng.random(len(ROWS)) < _ROW_RESTS
        if (~rests[events.row]).sum() >= _FEWEST_NOTES:
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


def held_out_bits(
    network: EventNetwork, dataset: BarDataset, windows: Windows, chosen: np.ndarray
) -> np.ndarray:
    """Return the bits a note (chosen,) of windows judged by themselves; nan for windows without notes."""
    segment_range = dataset.segment_range()
    result = np.full(len(chosen), np.nan)
    for place, window in enumerate(chosen):
        events = dataset_events(dataset, segment_range, int(windows.first_bar[window]), WINDOW_BARS)
        if len(events):
            bits, notes = events_bits(network, events, unasked(events)).sum(1)
            result[place] = bits / notes
    return result
