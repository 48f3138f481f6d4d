"""The codec: bars of notes to latents and back, 64 numbers a row, given the bar's chords.

A latent stores texture, not harmony: encoder and decoder both see the chord row, so a latent decoded under other chords
re-harmonises. Beats are patches and attention is joint over all rows of a bar. Relatives: PhraseVAE (arXiv 2512.11348) and
Polyffusion (Min et al. 2023).
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from generator.bars import PATCHES_PER_BAR, PITCHES
from generator.chords import CHORD_CLASSES
from generator.dataset import DRUM_CLASSES, BarPlanes
from generator.notes import ROWS, STEPS_PER_BEAT

LINES = len(ROWS) - 1
LATENT_ROWS = ("chords", *ROWS)


@dataclass(frozen=True)
class CodecConfig:
    """Sizes of the codec and the noise its latents are trained to bear."""

    latent_channels: int = 64
    width: int = 256
    heads: int = 4
    encoder_layers: int = 2
    decoder_layers: int = 3
    latent_noise: float = 0.1
    kl_weight: float = 0.01


@dataclass(frozen=True)
class BarLogits:
    """What the decoder says of a batch of bars, in the layout of `BarPlanes` before the sigmoid."""

    onset: torch.Tensor
    sounding: torch.Tensor
    velocity: torch.Tensor
    drum_onset: torch.Tensor
    drum_velocity: torch.Tensor


class TransformerBlock(nn.Module):
    """Pre-norm self-attention and an MLP of four times the width; (batch, tokens, width) in and out."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the tokens after attention and MLP."""
        batch, count, width = tokens.shape
        qkv = self.qkv(self.attention_norm(tokens)).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        # few tokens and large batches: two plain products beat the fused kernel on a CPU
        attended = (
            torch.softmax(query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5, dim=-1) @ value
        )
        tokens = tokens + self.out(attended.transpose(1, 2).reshape(batch, count, width))
        return torch.as_tensor(tokens + self.mlp(self.mlp_norm(tokens)))


class Codec(nn.Module):
    """Bars to latents (batch, 6, channels) and back; row 0 of a latent is the bar's chords."""

    def __init__(self, config: CodecConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CodecConfig()
        width, channels = config.width, config.latent_channels
        self.line_patch = STEPS_PER_BEAT * (2 * PITCHES + 1)
        self.drum_patch = STEPS_PER_BEAT * 2 * DRUM_CLASSES
        self.chord_embedding = nn.Embedding(CHORD_CLASSES, width)
        self.place = nn.Parameter(torch.randn(len(LATENT_ROWS), PATCHES_PER_BAR, width) * 0.02)
        self.length_embedding = nn.Embedding(PATCHES_PER_BAR + 1, width)
        self.line_in = nn.Linear(self.line_patch, width)
        self.drums_in = nn.Linear(self.drum_patch, width)
        self.encoder = nn.Sequential(
            *(TransformerBlock(width, config.heads) for _ in range(config.encoder_layers))
        )
        self.encoder_norm = nn.LayerNorm(width)
        self.to_latent = nn.Linear(PATCHES_PER_BAR * width, 2 * channels)
        self.from_latent = nn.Linear(channels, PATCHES_PER_BAR * width)
        self.decoder_row = nn.Parameter(torch.randn(len(LATENT_ROWS), PATCHES_PER_BAR, width) * 0.02)
        self.decoder = nn.Sequential(
            *(TransformerBlock(width, config.heads) for _ in range(config.decoder_layers))
        )
        self.decoder_norm = nn.LayerNorm(width)
        self.line_out = nn.Linear(width, self.line_patch)
        self.drums_out = nn.Linear(width, self.drum_patch)
        self.chords_in = nn.Sequential(
            nn.Linear(PATCHES_PER_BAR * 64, 256), nn.GELU(), nn.Linear(256, 2 * channels)
        )
        self.chord_token = nn.Embedding(CHORD_CLASSES, 64)
        self.chords_out = nn.Sequential(
            nn.Linear(channels, 256),
            nn.GELU(),
            nn.Linear(256, 256),
            nn.GELU(),
            nn.Linear(256, PATCHES_PER_BAR * CHORD_CLASSES),
        )
        # notes are rare: start from the base rate instead of spending the first minutes on it
        nn.init.constant_(self.line_out.bias, -4.0)
        nn.init.constant_(self.drums_out.bias, -3.0)

    def encode(self, planes: BarPlanes) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log-variance of the latents, each (batch, 6, channels)."""
        batch = len(planes.chords)
        lines = torch.cat([planes.onset, planes.sounding, planes.velocity.unsqueeze(-1)], dim=-1)
        lines = self.line_in(lines.reshape(batch, LINES, PATCHES_PER_BAR, self.line_patch))
        drums = torch.cat([planes.drum_onset, planes.drum_velocity], dim=-1)
        drums = self.drums_in(drums.reshape(batch, 1, PATCHES_PER_BAR, self.drum_patch))
        chords = self.chord_embedding(planes.chords).unsqueeze(1)
        tokens = torch.cat([chords, lines, drums], dim=1) + self.place
        tokens = tokens + self.length_embedding(planes.patches)[:, None, None, :]
        tokens = self.encoder_norm(self.encoder(tokens.flatten(1, 2)))
        rows = tokens.view(batch, len(LATENT_ROWS), -1)[:, 1:]
        chord_latent = self.chords_in(self.chord_token(planes.chords).flatten(1)).unsqueeze(1)
        mean, log_variance = torch.cat([chord_latent, self.to_latent(rows)], dim=1).float().chunk(2, dim=-1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def encode_chords(self, chords: torch.Tensor) -> torch.Tensor:
        """Return the latents (batch, channels) of chord rows (batch, 4), silent in the beats that a bar lacks."""
        return torch.as_tensor(self.chords_in(self.chord_token(chords).flatten(1)).chunk(2, dim=-1)[0])

    def decode_chords(self, latent: torch.Tensor) -> torch.Tensor:
        """Return chord logits (batch, 4, 97) of latents (batch, 6, channels)."""
        logits = self.chords_out(latent[:, 0])
        return torch.as_tensor(logits.view(len(latent), PATCHES_PER_BAR, CHORD_CLASSES).float())

    def decode(self, latent: torch.Tensor, chords: torch.Tensor, patches: torch.Tensor) -> BarLogits:
        """Return logits of bars for latents (batch, 6, channels) under chords (batch, 4) in bars of `patches` beats."""
        batch = len(latent)
        rows = self.from_latent(latent[:, 1:]).view(batch, len(ROWS), PATCHES_PER_BAR, self.config.width)
        tokens = torch.cat([self.chord_embedding(chords).unsqueeze(1), rows], dim=1) + self.decoder_row
        tokens = tokens + self.length_embedding(patches)[:, None, None, :]
        tokens = self.decoder_norm(self.decoder(tokens.flatten(1, 2)))
        tokens = tokens.view(batch, len(LATENT_ROWS), PATCHES_PER_BAR, self.config.width)
        lines = self.line_out(tokens[:, 1:-1]).view(batch, LINES, -1, 2 * PITCHES + 1).float()
        drums = self.drums_out(tokens[:, -1]).view(batch, -1, 2 * DRUM_CLASSES).float()
        return BarLogits(
            onset=lines[..., :PITCHES],
            sounding=lines[..., PITCHES : 2 * PITCHES],
            velocity=lines[..., -1],
            drum_onset=drums[..., :DRUM_CLASSES],
            drum_velocity=drums[..., DRUM_CLASSES:],
        )

    def freeze_encoder(self) -> None:
        """Fix what latents mean, so that the decoder can be trained on beside a denoiser that learns these latents."""
        encoding = (self.chord_embedding, self.length_embedding, self.line_in, self.drums_in, self.encoder)
        for part in (*encoding, self.encoder_norm, self.to_latent, self.chords_in, self.chord_token):
            for parameter in part.parameters():
                parameter.requires_grad = False
        self.place.requires_grad = False

    def config_dict(self) -> dict[str, Any]:
        """Return the configuration as plain numbers, for the checkpoint."""
        return asdict(self.config)


def codec_loss(
    codec: Codec, planes: BarPlanes, rng: torch.Generator, *, most_noise: float | None = None
) -> tuple[torch.Tensor, dict[str, float]]:
    """Return the training loss of a batch and its parts.

    Sums over a bar's cells (so that every note counts alike), Kingma and Welling's KL term with a small weight, and
    additive latent noise of `latent_noise` of each dimension's own deviation, which keeps the space smooth for diffusion.
    With `most_noise` each bar has its own level between none and that: what a denoiser writes lies further from what an
    encoder gives than a tenth of a deviation.
    """
    mean, log_variance = codec.encode(planes)
    noise: float | torch.Tensor = codec.config.latent_noise
    if most_noise is not None:
        levels = torch.rand(len(mean), 1, 1, generator=rng, device=rng.device)
        noise = most_noise * levels.to(mean.device)
    spread = torch.exp(0.5 * log_variance) + mean.detach().flatten(0, 1).std(0) * noise
    latent = mean + spread * torch.randn(mean.shape, generator=rng, device=rng.device).to(mean.device)
    logits = codec.decode(latent, planes.chords, planes.patches)
    batch = len(mean)
    struck = planes.onset.amax(-1)
    parts = {
        "onset": _bits(logits.onset, planes.onset) / batch,
        "sounding": 0.5 * _bits(logits.sounding, planes.sounding) / batch,
        "velocity": 4.0
        * ((torch.sigmoid(logits.velocity) - planes.velocity).square() * struck).sum()
        / batch,
        "drums": _bits(logits.drum_onset, planes.drum_onset) / batch,
        "drum_velocity": 2.0
        * ((torch.sigmoid(logits.drum_velocity) - planes.drum_velocity).square() * planes.drum_onset).sum()
        / batch,
        "chords": functional.cross_entropy(
            codec.decode_chords(latent).flatten(0, 1), planes.chords.flatten(), reduction="sum"
        )
        / batch,
        "kl": codec.config.kl_weight
        * 0.5
        * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum()
        / batch,
    }
    return sum(parts.values(), torch.zeros(())), {
        name: float(value.detach()) for name, value in parts.items()
    }


def _bits(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(logits, target, reduction="sum")
