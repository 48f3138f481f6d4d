"""The denoiser: a diffusion transformer over bars x rows of latents (Peebles and Xie 2023: adaLN-zero).

Rows and bars given as context are clean tokens with a mark: masks in training are the cascade, the continuation and every
edit at use.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import nn

from generator.bars import METRES
from generator.codec import LATENT_ROWS
from generator.conditioning import STYLE_DIMENSIONS
from generator.windows import WINDOW_BARS

SCALARS = ("tempo", "mode", "density", "register", "articulation", "ending")
"""Numbers from -1 to 1 beside the style; each may be unknown. `ending` is 1 where the piece ends with the window, else -1."""

CASCADE = ((0,), (1,), (4, 5), (2, 3))
"""Latent rows in the order they are composed: chords, then lead, then bass and drums, then comp and pad."""


@dataclass(frozen=True)
class DenoiserConfig:
    """Sizes of the denoiser."""

    latent_channels: int = 64
    width: int = 256
    layers: int = 8
    heads: int = 4


@dataclass(frozen=True)
class Condition:
    """What a batch of windows is asked for.

    `style` (batch, 24); `scalars` (batch, 6) and `known` (batch, 6) bool as in `SCALARS`; `has_style` (batch,) bool, False
    drops style and scalars alike (the unconditional half of classifier-free guidance, Ho and Salimans 2022);
    `metre` (batch,) int64; `absent` (batch, 6) bool marks rows that do not play.
    """

    style: torch.Tensor
    scalars: torch.Tensor
    known: torch.Tensor
    has_style: torch.Tensor
    metre: torch.Tensor
    absent: torch.Tensor

    def to(self, device: str) -> "Condition":
        """Return the same condition on a device."""
        return Condition(*(getattr(self, field.name).to(device) for field in fields(self)))

    def without_style(self) -> "Condition":
        """Return the unconditional twin: metre and rows stay, for they are not a matter of taste."""
        nothing = torch.zeros_like(self.has_style)
        return Condition(
            self.style, self.scalars, torch.zeros_like(self.known), nothing, self.metre, self.absent
        )


class Denoiser(nn.Module):
    """Velocity prediction for latents (batch, bars, rows, channels) at noise levels (batch,) in 0..1.

    Rows that rest are no tokens: a stage of the cascade costs what plays in it. So all windows of a batch have equally many
    rows that play.
    """

    def __init__(self, config: DenoiserConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or DenoiserConfig()
        width = config.width
        self.latent_in = nn.Linear(config.latent_channels, width)
        self.row = nn.Parameter(torch.randn(len(LATENT_ROWS), width) * 0.02)
        self.bar = nn.Parameter(torch.randn(WINDOW_BARS, width) * 0.02)
        self.given = nn.Parameter(torch.randn(width) * 0.02)
        self.level = nn.Sequential(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width))
        self.style = nn.Sequential(
            nn.Linear(STYLE_DIMENSIONS + 2 * len(SCALARS) + 1, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.metre = nn.Embedding(len(METRES), width)
        self.modulation = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList(Block(width, config.heads) for _ in range(config.layers))
        self.out_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.out_modulation = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, config.latent_channels)
        for layer in (self.modulation, self.out_modulation, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.angles: torch.Tensor
        self.register_buffer("angles", rotary_angles(WINDOW_BARS, width // config.heads), persistent=False)

    def forward(
        self, latent: torch.Tensor, level: torch.Tensor, given: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Return the velocity (noise - data), in the shape of `latent`, 0 in rows that rest; `given` (batch, bars, rows) bool.

        Raises ValueError where windows have unequally many rows that play.
        """
        batch, bars = latent.shape[:2]
        plays = ~condition.absent
        counts = plays.sum(1)
        if not bool((counts == counts[0]).all()):
            raise ValueError("the windows of a batch must have equally many rows that play")
        places = plays.nonzero()[:, 1].view(batch, -1)
        at = places[:, None, :, None].expand(-1, bars, -1, latent.shape[-1])
        known = condition.known & condition.has_style[:, None]
        style = torch.cat(
            [
                condition.style * condition.has_style[:, None],
                condition.scalars * known,
                known.float(),
                condition.has_style[:, None].float(),
            ],
            dim=1,
        )
        context = self.style(style) + self.metre(condition.metre) + self.level(sinusoids(level))
        context = nn.functional.silu(context)[:, None, :]
        tokens = self.latent_in(latent.gather(2, at))
        tokens = tokens + given.gather(2, at[..., 0])[..., None] * self.given
        tokens = tokens + self.row[places][:, None] + self.bar[:bars, None]
        tokens = tokens.flatten(1, 2)
        angles = self.angles[:bars].repeat_interleave(places.shape[1], dim=0)
        modulation = self.modulation(context)
        for block in self.blocks:
            tokens = block(tokens, modulation, angles)
        scale, shift = self.out_modulation(context).chunk(2, dim=-1)
        velocity = self.out(self.out_norm(tokens) * (1 + scale) + shift).view(at.shape)
        return torch.zeros_like(latent, dtype=velocity.dtype).scatter(2, at, velocity)

    def config_dict(self) -> dict[str, Any]:
        """Return the configuration as plain numbers, for the checkpoint."""
        return asdict(self.config)


class Block(nn.Module):
    """Attention over all bars and rows with rotary bar positions, then an MLP; both modulated by the context.

    All blocks share one modulation, to which each adds numbers of its own (Chen et al. 2023, PixArt-alpha): a third fewer weights.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mlp_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.own_modulation = nn.Parameter(torch.zeros(6 * width))

    def forward(self, tokens: torch.Tensor, modulation: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
        """Return tokens (batch, bars * rows, width) after both branches; `modulation` (batch, 1, 6 * width)."""
        batch, count, width = tokens.shape
        parts = (modulation + self.own_modulation).chunk(6, dim=-1)
        scale_a, shift_a, gate_a, scale_m, shift_m, gate_m = parts
        normed = self.attention_norm(tokens) * (1 + scale_a) + shift_a
        qkv = self.qkv(normed).view(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key = rotate(qkv[0], angles), rotate(qkv[1], angles)
        # under two hundred tokens, two plain products beat the fused kernel on a CPU
        attended = (
            torch.softmax(query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5, dim=-1) @ qkv[2]
        )
        tokens = tokens + gate_a * self.attention_out(attended.transpose(1, 2).reshape(batch, count, width))
        normed = self.mlp_norm(tokens) * (1 + scale_m) + shift_m
        return torch.as_tensor(tokens + gate_m * self.mlp(normed))


def sinusoids(level: torch.Tensor, channels: int = 64) -> torch.Tensor:
    """Return sinusoidal features (..., channels) of noise levels in 0..1."""
    frequencies = torch.exp(torch.linspace(0.0, 6.0, channels // 2, device=level.device))
    angles = level[..., None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def rotary_angles(positions: int, channels: int) -> torch.Tensor:
    """Return rotary angles (positions, channels / 2) after Su et al. 2021, with a base that suits sixteen bars."""
    frequencies = 100.0 ** (-torch.arange(0, channels, 2) / channels)
    return torch.arange(positions)[:, None] * frequencies


def rotate(vectors: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """Rotate (batch, heads, tokens, channels) by the angles (tokens, channels / 2) of their positions."""
    cos, sin = angles.cos().to(vectors.dtype), angles.sin().to(vectors.dtype)
    first, second = vectors.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
