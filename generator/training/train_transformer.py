"""Fitting the Transformer: the peer engine under the denoiser's own conditions, and a judge under none."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.dataset import BarDataset
from generator.denoiser import Condition
from generator.engines.event_loss import loss_of_next
from generator.engines.event_network import EventNetwork, EventNetworkConfig
from generator.engines.event_tokens import NOTHING, EventTokens
from generator.engines.events import dataset_events
from generator.engines.transformer import (
    JUDGED_PARTS,
    TRANSFORMER_FILE,
    TransformerEngine,
    batch_of,
    events_bits,
    unasked,
)
from generator.taste.style import StyleEncoder
from generator.training.event_examples import (
    LEAD,
    EventExamples,
    draw_examples,
    engine_examples,
    judge_examples,
)
from generator.training.loop import LoopConfig, Report, fit
from generator.windows import WINDOW_BARS, Windows, find_windows

WINDOWS_A_STEP = 12
TUNES_A_STEP = 40
"""Every other step of the engine shows tunes over their chords alone, which are that much shorter: it is to write tunes too."""

_STEPS_A_POOL = 8

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
    width: int = 192
    layers: int = 5
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


def fit_transformer(
    network: EventNetwork, examples: EventExamples, config: LoopConfig, checkpoint: Path, report: Report
) -> list[dict[str, float]]:
    """Train the network and return its curve: nats a token, and bits a note as a judge counts them."""
    bands = _Pool(examples, np.arange(len(examples.windows)), WINDOWS_A_STEP, config)
    has_tune = examples.dataset.piece_programs[examples.windows.piece, LEAD] >= 0
    pools = [bands]
    if examples.style_means is not None and has_tune.any():
        pools.append(_Pool(examples, np.flatnonzero(has_tune), TUNES_A_STEP, config))

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        del rng  # all chance lies in which windows are drawn and what of them is told
        turn, place = divmod(number, len(pools))
        batch = pools[place].draw(turn)
        rng_of_step = np.random.default_rng((config.seed, number, config.shard, 1))
        tokens, condition = draw_examples(
            examples, batch, network.config.longest, rng_of_step, tunes=place == 1
        )
        return _loss(network, tokens, condition, config.device)

    return fit(network, step, config, checkpoint, report)


class _Pool:
    """Windows for some steps are drawn together and shared out by length, so that little of a batch is filling."""

    def __init__(
        self, examples: EventExamples, windows: np.ndarray, windows_a_step: int, config: LoopConfig
    ) -> None:
        self.windows, self.windows_a_step, self.config = windows, windows_a_step, config
        self.cumulative = np.cumsum(examples.weights[windows])
        first_bar = examples.windows.first_bar[windows]
        self.length = examples.segment_range[first_bar + WINDOW_BARS] - examples.segment_range[first_bar]

    def draw(self, turn: int) -> np.ndarray:
        """Return the windows of a step, whose turn it is in this pool."""
        number, place = divmod(turn, _STEPS_A_POOL)
        draw = np.random.default_rng((self.config.seed, number, self.config.shard))
        drawn = draw.random(_STEPS_A_POOL * self.windows_a_step) * self.cumulative[-1]
        chosen = np.searchsorted(self.cumulative, drawn).clip(0, len(self.cumulative) - 1)
        batches = np.array_split(chosen[np.argsort(self.length[chosen], kind="stable")], _STEPS_A_POOL)
        return np.asarray(self.windows[batches[draw.permutation(_STEPS_A_POOL)[place]]])


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
