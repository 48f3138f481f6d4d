"""A decoder-only Transformer over event tokens, one pass a note (relatives: Huang and Yang 2020, REMI; Hsiao et al. 2021, CP).

A token's parts are predicted one after the other from one hidden state: when, then what at that time under that chord, then
how long and how loud. So a piece costs one pass a note instead of four. Half of the heads place tokens by musical
time, half by order (rotary positions): a bar ago is then as easy to find as a note ago.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from generator.bars import METRES
from generator.chords import CHORD_CLASSES
from generator.conditioning import STYLE_DIMENSIONS
from generator.denoiser import SCALARS, Condition
from generator.engines.event_tokens import (
    DURATIONS,
    VELOCITY_BUCKETS,
    WHATS,
    WHENS,
)
from generator.notes import ROWS
from generator.windows import WINDOW_BARS

UNKNOWN_METRE = len(METRES)
"""Stands for the metre where only the beats of a bar are known."""

_CHORD_WIDTH = 48


@dataclass(frozen=True)
class EventNetworkConfig:
    """Sizes of the network, and the most tokens it is trained to see."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    longest: int = 640


@dataclass(frozen=True)
class TokenBatch:
    """Tokens of a batch of sequences as in `EventTokens`, each (batch, tokens) int64, `chords` (batch, tokens, 4)."""

    when: torch.Tensor
    what: torch.Tensor
    duration: torch.Tensor
    velocity: torch.Tensor
    bar: torch.Tensor
    now: torch.Tensor
    chords: torch.Tensor

    def to(self, device: str) -> "TokenBatch":
        """Return the same tokens on a device."""
        return TokenBatch(*(getattr(self, field.name).to(device) for field in fields(self)))


class KeyValueCache:
    """Keys and values of the tokens seen so far: `count` of at most `longest`."""

    def __init__(self, config: EventNetworkConfig, batch: int, longest: int) -> None:
        shape = (config.layers, 2, batch, config.heads, longest, config.width // config.heads)
        self.stored = torch.empty(shape)
        self.count = 0


class EventNetwork(nn.Module):
    """Hidden states of tokens, and the logits of what comes next."""

    def __init__(self, config: EventNetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or EventNetworkConfig()
        width = config.width
        self.when = nn.Embedding(WHENS, width)
        self.what = nn.Embedding(WHATS, width)
        self.duration = nn.Embedding(DURATIONS, width)
        self.velocity = nn.Embedding(VELOCITY_BUCKETS + 1, width)
        self.bar = nn.Embedding(WINDOW_BARS, width)
        self.chord = nn.Embedding(CHORD_CLASSES, _CHORD_WIDTH)
        self.chords_in = nn.Linear(4 * _CHORD_WIDTH, width)
        self.metre = nn.Embedding(len(METRES) + 1, width)
        self.style = nn.Sequential(
            nn.Linear(STYLE_DIMENSIONS + 2 * len(SCALARS) + 1 + len(ROWS), width),
            nn.SiLU(),
            nn.Linear(width, width),
        )
        self.blocks = nn.ModuleList(_Block(width, config.heads) for _ in range(config.layers))
        self.out_norm = nn.LayerNorm(width)
        self.when_out = nn.Linear(width, WHENS - 1)
        self.chord_now = nn.Embedding(CHORD_CLASSES, width)
        self.what_out = _head(width, WHATS - 1)
        self.what_of_when = nn.Embedding(WHENS, width)
        self.length_of_what = nn.Embedding(WHATS, width)
        self.length_of_when = nn.Embedding(WHENS, width)
        self.length_out = _head(width, DURATIONS + VELOCITY_BUCKETS)
        self.chord_place = nn.Parameter(torch.randn(4, width) * 0.02)
        self.chord_before = nn.Embedding(CHORD_CLASSES, width)
        self.chord_out = _head(width, CHORD_CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)

    def context(self, condition: Condition) -> torch.Tensor:
        """Return what every token is told (batch, 1, width) of a request; a metre of `UNKNOWN_METRE` is allowed."""
        known = condition.known & condition.has_style[:, None]
        told = [
            condition.style * condition.has_style[:, None],
            condition.scalars * known,
            known.float(),
            condition.has_style[:, None].float(),
            condition.absent[:, 1:].float(),
        ]
        return torch.as_tensor((self.style(torch.cat(told, dim=1)) + self.metre(condition.metre))[:, None, :])

    def forward(
        self, tokens: TokenBatch, context: torch.Tensor, cache: KeyValueCache | None = None
    ) -> torch.Tensor:
        """Return hidden states (batch, tokens, width); with a cache the tokens follow those it holds."""
        before = cache.count if cache else 0
        hidden = (
            self.when(tokens.when)
            + self.what(tokens.what)
            + self.duration(tokens.duration)
            + self.velocity(tokens.velocity)
            + self.bar(tokens.bar.clamp(max=WINDOW_BARS - 1))
            + self.chords_in(self.chord(tokens.chords).flatten(2))
            + context
        )
        order = torch.arange(before, before + tokens.when.shape[1], device=hidden.device)
        cos, sin = _turns(order.expand_as(tokens.now), tokens.now, self.config)
        for number, block in enumerate(self.blocks):
            hidden = block(hidden, cos, sin, cache, number)
        if cache:
            cache.count = before + tokens.when.shape[1]
        return torch.as_tensor(self.out_norm(hidden))

    def when_logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return logits (..., 49) of when the next token comes: a step of the bar, or the next bar."""
        return torch.as_tensor(self.when_out(hidden).float())

    def what_logits(self, hidden: torch.Tensor, when: torch.Tensor, chord: torch.Tensor) -> torch.Tensor:
        """Return logits (..., 300) of the row and pitch of a note at a time, under the chord of its beat."""
        told = hidden + self.what_of_when(when) + self.chord_now(chord)
        return torch.as_tensor(self.what_out(told).float())

    def length_logits(
        self, hidden: torch.Tensor, when: torch.Tensor, what: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits of the duration (..., 37) and of the velocity (..., 8) of a note."""
        told = hidden + self.length_of_when(when) + self.length_of_what(what)
        duration, velocity = self.length_out(told).float().split([DURATIONS, VELOCITY_BUCKETS], dim=-1)
        return duration, velocity

    def chord_logits(self, hidden: torch.Tensor, place: int, before: torch.Tensor) -> torch.Tensor:
        """Return logits (..., 97) of the chord of a beat of the next bar, given the chord of the beat before it."""
        return torch.as_tensor(
            self.chord_out(hidden + self.chord_place[place] + self.chord_before(before)).float()
        )

    def config_dict(self) -> dict[str, Any]:
        """Return the configuration as plain numbers, for the checkpoint."""
        return asdict(self.config)


def _head(width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, classes))


class _Block(nn.Module):
    """Pre-norm causal self-attention and an MLP of four times the width."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(
        self,
        hidden: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        cache: KeyValueCache | None,
        number: int,
    ) -> torch.Tensor:
        batch, count, width = hidden.shape
        qkv = self.qkv(self.attention_norm(hidden)).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        query, key = _turn(query, cos, sin), _turn(key, cos, sin)
        if cache:
            stored, end = cache.stored[number], cache.count + count
            stored[0, :, :, cache.count : end], stored[1, :, :, cache.count : end] = key, value
            key, value = stored[0, :, :, :end], stored[1, :, :, :end]
            seen = torch.ones(count, end, dtype=torch.bool, device=hidden.device).tril(cache.count)
            attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        else:
            attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        hidden = hidden + self.attention_out(attended.transpose(1, 2).reshape(batch, count, width))
        return torch.as_tensor(hidden + self.mlp(self.mlp_norm(hidden)))


def _turns(
    order: torch.Tensor, now: torch.Tensor, config: EventNetworkConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return cosines and sines (batch, heads, tokens, channels / 2): half the heads by time in steps, half by order."""
    half = config.width // config.heads // 2
    frequencies = 1000.0 ** (-torch.arange(half, device=order.device) / half)
    by_time = torch.arange(config.heads, device=order.device) < config.heads // 2
    position = torch.where(by_time[None, :, None], now[:, None], order[:, None]).float()
    angles = position[..., None] * frequencies
    return angles.cos(), angles.sin()


def _turn(vectors: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = vectors.chunk(2, dim=-1)
    turned = torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
    return turned.to(vectors.dtype)
