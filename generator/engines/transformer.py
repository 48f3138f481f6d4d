"""The Transformer engine: composes note by note, and says how surprising notes are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.bars import transposition_to_frame
from generator.checkpoint import as_written, load_network, load_tensors, save_tensors
from generator.conditioning import STYLE_DIMENSIONS, Conditioning
from generator.denoiser import SCALARS, Condition
from generator.engines.drawing import draw_events, draw_tune
from generator.engines.event_loss import loss_of_next
from generator.engines.event_network import UNKNOWN_METRE, EventNetwork, EventNetworkConfig, TokenBatch
from generator.engines.event_tokens import NEXT_BAR, NOTHING, EventTokens, tokens_of
from generator.engines.events import Events, events_notes, notes_events
from generator.latents import metre_number
from generator.length import fit_to_length
from generator.notes import ROWS, Notes
from generator.taste.phrases import TuneBar
from generator.windows import WINDOW_BARS

TRANSFORMER_FILE = "transformer.safetensors"

JUDGED_PARTS = ("when", "what", "duration", "chords")
"""Not the velocity, which many written sources lack."""


class TransformerEngine:
    """A peer of the default engine that writes one note after another, and a judge of notes.

    `typical_bits` are the 5th, 50th and 95th percentile of bits a note on works it was not trained on, or None.
    """

    name = "transformer"

    def __init__(self, network: EventNetwork, typical_bits: tuple[float, float, float] | None = None) -> None:
        self.network = network.eval()
        self.typical_bits = typical_bits

    @classmethod
    def load(cls, path: Path) -> "TransformerEngine":
        """Load weights. Raises FileNotFoundError where they are missing, ValueError where they are damaged."""
        tensors, config, _ = load_tensors(path)
        with as_written(path.name):
            network = EventNetwork(EventNetworkConfig(**config["network"]))
        load_network(network, tensors, path.name)
        typical = config.get("typical_bits")
        return cls(network, tuple(typical) if typical else None)

    def save(self, path: Path) -> str:
        """Write the weights in half precision and return their SHA-256."""
        config: Mapping[str, Any] = {
            "network": self.network.config_dict(),
            "typical_bits": self.typical_bits,
        }
        return save_tensors(path, self.network.state_dict(), config)

    def draw_notes(self, conditioning: Conditioning, seed: int) -> Notes:
        """Return notes of whole bars that fill the seconds asked for; the same request and seed give the same notes."""
        torch.set_num_threads(1)  # many threads in one small product wait on each other
        fitted, bars = fit_to_length(conditioning)
        rng = np.random.default_rng([seed, 3])
        events = draw_events(
            self.network, condition_of(fitted), metre_number(fitted.metre), bars, fitted.mode, rng
        )
        return events_notes(events, fitted)

    def draw_tune(
        self,
        conditioning: Conditioning,
        chords: np.ndarray,
        bars: Sequence[TuneBar],
        rng: np.random.Generator,
        *,
        before: Events | None = None,
    ) -> Events:
        """Return a tune over chords (bars, 4) of the key frame; arguments as in `drawing.draw_tune`."""
        condition = condition_of(replace(conditioning, programs={"lead": conditioning.programs["lead"]}))
        metre = metre_number(conditioning.metre)
        return draw_tune(self.network, condition, chords, bars, metre, rng, before=before)

    def bits_by_bar(
        self,
        notes: Notes,
        *,
        conditioning: Conditioning | None = None,
        transposition: int | None = None,
    ) -> np.ndarray:
        """Return (2, bars) float64: the bits each bar costs, chords included and velocities not, and its notes.

        With `conditioning` the bits are those under that request. `transposition` brings the notes into the key frame;
        left out, it follows from the request, or else is estimated from what sounds.
        """
        if conditioning is not None:
            transposition = (
                transposition_to_frame(conditioning.key, conditioning.mode)
                if transposition is None
                else transposition
            )
            events = notes_events(notes, transposition, metre_number(conditioning.metre))
            return events_bits(self.network, events, condition_of(conditioning))
        events = notes_events(notes, transposition)
        return events_bits(self.network, events, unasked(events))

    def bits_per_note(
        self,
        notes: Notes,
        *,
        conditioning: Conditioning | None = None,
        transposition: int | None = None,
    ) -> float:
        """Return the mean bits a note; arguments as in `bits_by_bar`. Raises ValueError for a piece without notes."""
        bits, count = self.bits_by_bar(notes, conditioning=conditioning, transposition=transposition).sum(1)
        if not count:
            raise ValueError("a piece without notes has no bits a note")
        return float(bits / count)


def condition_of(conditioning: Conditioning) -> Condition:
    """Return a request as the networks are told it (batch of one); whether the piece ends stays unknown."""
    tempo = float(np.clip(np.log2(conditioning.tempo_bpm / 100.0), -1.0, 1.0))
    middle = [2.0 * share - 1.0 for share in (conditioning.density, conditioning.register, conditioning.articulation)]  # fmt: skip
    mode = 1.0 if conditioning.mode == "major" else -1.0
    return Condition(
        style=torch.tensor([conditioning.style], dtype=torch.float32),
        scalars=torch.tensor([[tempo, mode, *middle, 0.0]]),
        known=torch.tensor([[name != "ending" for name in SCALARS]]),
        has_style=torch.ones(1, dtype=torch.bool),
        metre=torch.tensor([metre_number(conditioning.metre)]),
        absent=torch.tensor([[False, *(row not in conditioning.programs for row in ROWS)]]),
    )


def unasked(events: Events) -> Condition:
    """Return the condition under which notes are judged by themselves: the rows that play and the beats of a bar."""
    playing = np.isin(np.arange(len(ROWS)), events.row)
    return Condition(
        style=torch.zeros(1, STYLE_DIMENSIONS),
        scalars=torch.zeros(1, len(SCALARS)),
        known=torch.zeros(1, len(SCALARS), dtype=torch.bool),
        has_style=torch.zeros(1, dtype=torch.bool),
        metre=torch.tensor([UNKNOWN_METRE if events.metre else 0]),
        absent=torch.tensor([[False, *(~playing).tolist()]]),
    )


@torch.inference_mode()
def events_bits(network: EventNetwork, events: Events, condition: Condition) -> np.ndarray:
    """Return (2, bars) float64: bits and notes of each bar, each bar heard after up to eight bars before it."""
    torch.set_num_threads(1)  # many threads in one small product wait on each other
    result = np.zeros((2, events.bars))
    result[1] = np.bincount(events.onset_steps // events.bar_steps, minlength=events.bars)
    counted = 0
    while counted < events.bars:
        first = max(counted - WINDOW_BARS // 2, 0)
        tokens = _fitting(events.take(first, WINDOW_BARS), network.config.longest)
        if first + int(tokens.bar[-1]) < counted:  # dense bars: what came before leaves no room
            first = counted
            tokens = _fitting(events.take(first, WINDOW_BARS), network.config.longest)
        batch = batch_of([tokens])
        hidden = network(batch, network.context(condition))
        parts = loss_of_next(network, hidden, batch, condition)
        nats = torch.stack([parts[name][0] for name in JUDGED_PARTS]).sum(0).double().numpy()
        bar = tokens.bar[1:] + first
        result[0] += np.bincount(bar, weights=np.where(bar >= counted, nats, 0.0), minlength=events.bars)
        counted = int(bar[-1]) + 1
    result[0] /= np.log(2.0)
    return result


def _fitting(events: Events, longest: int) -> EventTokens:
    """Return the tokens of as many whole bars as fit, of one bar at least."""
    tokens = tokens_of(events)
    if len(tokens) <= longest:
        return tokens
    bar_begins = np.flatnonzero(tokens.when == NEXT_BAR)
    fitting = bar_begins[(bar_begins <= longest) & (bar_begins > 1)]
    return tokens.first(int(fitting[-1])) if len(fitting) else tokens.first(longest)


def batch_of(sequences: list[EventTokens]) -> TokenBatch:
    """Return sequences as one batch, the shorter ones filled up at their end with tokens that say nothing."""
    longest = max(map(len, sequences))
    filling = {"what": NOTHING}

    def column(name: str) -> torch.Tensor:
        first = getattr(sequences[0], name)
        filled = np.full((len(sequences), longest, *first.shape[1:]), filling.get(name, 0), np.int64)
        for number, sequence in enumerate(sequences):
            filled[number, : len(sequence)] = getattr(sequence, name)
        return torch.from_numpy(filled)

    return TokenBatch(*(column(name) for name in TokenBatch.__dataclass_fields__))
