"""What may come next in a sequence of events, and what it costs that it does."""

import torch
from torch.nn import functional

from generator.bars import PITCHES
from generator.chords import CHORD_CLASSES
from generator.denoiser import Condition
from generator.engines.event_network import EventNetwork, TokenBatch
from generator.engines.event_tokens import NEXT_BAR, NOTHING, START, VELOCITY_BUCKETS, WHATS, WHENS
from generator.engines.events import DRUMS
from generator.notes import STEPS_PER_BEAT


def impossible_whens(when: torch.Tensor, beats_per_bar: torch.Tensor) -> torch.Tensor:
    """Return (..., 49) bool: times before the token's own, and beyond its bar. `beats_per_bar` (...,)."""
    steps = torch.arange(WHENS - 1, device=when.device)
    step_now = torch.where(when < NEXT_BAR, when, 0)[..., None]
    gone = (steps < step_now) | ((steps >= beats_per_bar[..., None] * STEPS_PER_BEAT) & (steps < NEXT_BAR))
    return torch.where((when == START)[..., None], steps != NEXT_BAR, gone)


def impossible_whats(
    when: torch.Tensor, what: torch.Tensor, next_when: torch.Tensor, absent: torch.Tensor
) -> torch.Tensor:
    """Return (..., 300) bool: rows that rest, and at the same step what comes no later in the order than the token's own.

    `absent` (..., 5) bool by row.
    """
    whats = torch.arange(WHATS - 1, device=when.device)
    passed = (whats <= what[..., None]) & (when == next_when)[..., None]
    return passed | absent[..., (whats // PITCHES).clamp(max=DRUMS)]


def loss_of_next(
    network: EventNetwork, hidden: torch.Tensor, tokens: TokenBatch, condition: Condition
) -> dict[str, torch.Tensor]:
    """Return the nats (batch, tokens - 1) that each token after the first costs, by part.

    Parts: `when`, `what`, `duration`, `chords`, and `velocity`, which is no part of a judgement of notes.
    """
    hidden = hidden[:, :-1]
    when, what, chords = tokens.when[:, 1:], tokens.what[:, 1:], tokens.chords[:, 1:]
    beats = torch.where((condition.metre == 0), 4, 3)[:, None].expand_as(when)
    is_bar = when == NEXT_BAR
    when_logits = network.when_logits(hidden).masked_fill(impossible_whens(tokens.when[:, :-1], beats), -1e4)
    parts = {"when": _nats(when_logits, when)}
    beat = torch.where(is_bar, 0, when // STEPS_PER_BEAT)
    chord = chords.gather(-1, beat[..., None])[..., 0]
    rests = condition.absent[:, None, 1:].expand(*when.shape, -1)
    gone = impossible_whats(tokens.when[:, :-1], tokens.what[:, :-1], when, rests)
    what_logits = network.what_logits(hidden, when, chord).masked_fill(gone, -1e4)
    parts["what"] = torch.where(is_bar, 0.0, _nats(what_logits, what.clamp(max=NOTHING - 1)))
    duration_logits, velocity_logits = network.length_logits(hidden, when, what)
    plays_line = ~is_bar & (what < DRUMS * PITCHES)
    parts["duration"] = torch.where(plays_line, _nats(duration_logits, tokens.duration[:, 1:]), 0.0)
    velocity = tokens.velocity[:, 1:]
    known = ~is_bar & (velocity < VELOCITY_BUCKETS)
    parts["velocity"] = torch.where(
        known, _nats(velocity_logits, velocity.clamp(max=VELOCITY_BUCKETS - 1)), 0.0
    )
    parts["chords"] = _chord_nats(network, hidden, chords, is_bar, beats)
    return parts


def _chord_nats(
    network: EventNetwork,
    hidden: torch.Tensor,
    chords: torch.Tensor,
    is_bar: torch.Tensor,
    beats: torch.Tensor,
) -> torch.Tensor:
    """Chords cost only where a bar begins, so only those hidden states are looked at."""
    nats = torch.zeros(is_bar.shape, device=hidden.device)
    at_bar, of_bar, beats_of_bar = hidden[is_bar], chords[is_bar], beats[is_bar]
    total = torch.zeros(len(at_bar), device=hidden.device)
    for place in range(4):
        before = of_bar[:, place - 1] if place else torch.full_like(of_bar[:, 0], CHORD_CLASSES - 1)
        logits = network.chord_logits(at_bar, place, before)
        total = total + torch.where(place < beats_of_bar, _nats(logits, of_bar[:, place]), 0.0)
    return nats.masked_scatter(is_bar, total)


def _nats(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    flat = functional.cross_entropy(logits.flatten(0, -2), target.flatten(), reduction="none")
    return flat.view(target.shape)
