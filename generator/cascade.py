"""The cascade: a section is drawn row after row, each in view of what was drawn before it and of the bars before.

Chords first, then the tune, bass and drums, comp and pad. Chords and what accompanies are denoised latents; the tune is written
note after note where the weights hold who writes it.
"""

from dataclasses import dataclass

import numpy as np
import torch

from generator.bars import METRES, PATCHES_PER_BAR
from generator.chords import NO_CHORD
from generator.codec import LATENT_ROWS
from generator.conditioning import Conditioning
from generator.denoiser import CASCADE, SCALARS, Condition
from generator.diffusion import SamplerConfig, sample_latent
from generator.engines.events import Events
from generator.form import SECTION_BARS, tonic_chord
from generator.latents import metre_number, row_numbers, settle_chords
from generator.networks import Networks
from generator.notes import NoteTrack
from generator.taste.phrases import TuneBar
from generator.taste.textures import Texture
from generator.texture_bars import coloured_as, fitting_bars
from generator.texture_chords import texture_under
from generator.tunes import LEAD, tune_latents
from generator.windows import WINDOW_BARS

DENSITY_CORRECTION = 0.3
"""Sampled windows are sparser than asked: by so much (of -1 to 1) on the mean of rock, jazz, choral and piano windows of the
training works, whose note counts a neutral request then gives."""

RETURN_LEVEL = 0.35
"""How far the accompaniment of a returning section is noised: it is varied, and still itself."""

HARMONY_LEVEL = 0.8
"""How far a texture's own chords are noised for a new section's harmony to begin from: half of the beats have another chord then."""

STAGE_STEPS = (8, 16, 10, 10)
"""Sampler steps of the cascade's stages: chords and tune decide, what accompanies them follows more easily."""


@dataclass(frozen=True)
class Stretch:
    """A section as it is to be drawn, in the window in which it is drawn.

    `known` (1, 16, 6, channels) standardised latents and which of them are `given` (1, 16, 6) bool; the section's bars begin
    at `first`. `level` says how far what is known of it is noised, `ends` whether the piece ends with it. `texture` is what its
    accompaniment begins from, `tune` how its tune comes about, `heard` the tune that goes before.
    """

    known: torch.Tensor
    given: torch.Tensor
    first: int
    level: float
    ends: bool
    texture: Texture | None
    tune: tuple[TuneBar, ...]
    heard: Events | None

    @property
    def here(self) -> slice:
        """The section's bars in the window."""
        return slice(self.first, self.first + SECTION_BARS)


@dataclass(frozen=True)
class Drawing:
    """A section as it was drawn: `latent` (8, 6, channels) standardised, and what was written as notes.

    `tune` where the Transformer wrote it; `band` rows in the key frame that play as their texture was written.
    """

    latent: torch.Tensor
    tune: Events | None
    band: tuple[NoteTrack, ...]


@torch.inference_mode()
def draw_section(networks: Networks, conditioning: Conditioning, stretch: Stretch, seed: int) -> Drawing:
    """Draw a section; the same arguments give the same drawing on one kind of processor."""
    rng = torch.Generator().manual_seed(seed)
    playing = row_numbers(conditioning)
    latent, texture, moved = _harmony(networks, conditioning, stretch, rng)
    settled, tune = stretch.given.clone(), None
    settled[:, :, 0] = True
    absent = torch.ones(len(LATENT_ROWS), dtype=torch.bool)
    absent[0] = False
    as_written: list[int] = []
    for stage, steps in zip(CASCADE[1:], STAGE_STEPS[1:], strict=True):
        rows = [row for row in stage if row in playing]
        if not rows:
            continue
        absent[rows] = False
        if rows == [LEAD] and networks.transformer is not None:
            tune = _written_tune(networks, conditioning, stretch, latent, np.random.default_rng([seed, 1]))
            latent[0, stretch.here, LEAD] = tune_latents(networks.codec, networks.scale, tune, conditioning)
            settled[:, :, LEAD] = True
            continue
        level, guidance_scale = stretch.level, _guidance(conditioning, stretch)
        if texture is not None and set(rows) <= set(texture.latent_rows):
            # a texture is in style already
            level, guidance_scale = conditioning.texture_level, 1.0
            laid = texture.laid_over(latent, stretch.first, SECTION_BARS)
            latent[:, :, rows] = torch.where(settled[..., rows, None], latent[:, :, rows], laid[:, :, rows])
        if level:
            condition = condition_of(conditioning, absent, 1, ends=stretch.ends)
            config = SamplerConfig(steps, guidance_scale)
            latent = sample_latent(
                networks.denoiser, latent, settled | absent, condition, config, rng, from_level=level
            )
        else:
            as_written += rows
        settled[:, :, rows] = True
    band = tuple(track for track in moved if LATENT_ROWS.index(track.row) in as_written)
    return Drawing(latent[0, stretch.here], tune, band)


def _guidance(conditioning: Conditioning, stretch: Stretch) -> float:
    """Return how hard the request presses; what returns was drawn as it was asked for, and need not be pressed again."""
    return conditioning.guidance_scale if stretch.level == 1.0 else 1.0


def _harmony(
    networks: Networks, conditioning: Conditioning, stretch: Stretch, rng: torch.Generator
) -> tuple[torch.Tensor, Texture | None, tuple[NoteTrack, ...]]:
    """Return the window with the section's chords, and the bars of its texture that fit them, moved to them, also as notes."""
    latent, level = stretch.known.clone(), stretch.level
    if stretch.texture is not None and level == 1.0:
        latent, level = _begun_from(networks, stretch, stretch.texture), HARMONY_LEVEL
    absent = torch.ones(len(LATENT_ROWS), dtype=torch.bool)
    absent[0] = False
    condition = condition_of(conditioning, absent, 1, ends=stretch.ends)
    config = SamplerConfig(STAGE_STEPS[0], _guidance(conditioning, stretch))
    latent = sample_latent(
        networks.denoiser, latent, stretch.given | absent, condition, config, rng, from_level=level
    )
    latent = _settled_chords(networks, stretch, latent)
    if stretch.texture is None:
        return latent, None, ()
    return _fitted(networks, conditioning, stretch, stretch.texture, latent)


def _begun_from(networks: Networks, stretch: Stretch, texture: Texture) -> torch.Tensor:
    """Return the window with the chords of a texture, from the section's first bar on, where none are given."""
    bars = (np.arange(WINDOW_BARS) - stretch.first) % len(texture.chords)
    begun = stretch.known.clone()
    begun[0, :, 0] = _chord_latents(networks, torch.from_numpy(texture.chords[bars].astype(np.int64)))
    return torch.where(stretch.given[..., None], stretch.known, begun)


def _settled_chords(networks: Networks, stretch: Stretch, latent: torch.Tensor) -> torch.Tensor:
    """Return latents whose chords are written ones, and under bars that the tune plays again the same as there."""
    latent = torch.where(
        stretch.given[..., None], latent, settle_chords(networks.codec, networks.scale, latent)
    )
    for number, bar in enumerate(stretch.tune):
        here = stretch.first + number
        if bar.again is not None and not stretch.given[0, here, 0]:
            latent[:, here, 0] = latent[:, stretch.first + bar.again, 0]
    return latent


def _fitted(
    networks: Networks, conditioning: Conditioning, stretch: Stretch, texture: Texture, latent: torch.Tensor
) -> tuple[torch.Tensor, Texture, tuple[NoteTrack, ...]]:
    """Return latents whose chords took a texture's colours, and its bars that fit them, moved to them, also as notes."""
    chords = _chords(networks, stretch, latent).numpy()
    texture = texture.of_bars(fitting_bars(chords, texture.chords))
    given = stretch.given[0, stretch.here, :1].numpy()
    coloured = torch.from_numpy(np.where(given, chords, coloured_as(chords, texture.chords)))
    latent = latent.clone()
    latent[0, stretch.here, 0] = _chord_latents(networks, coloured)
    return latent, *texture_under(networks, conditioning, texture, coloured)


def _chords(networks: Networks, stretch: Stretch, latent: torch.Tensor) -> torch.Tensor:
    """Return the chords (8, 4) of the section."""
    return networks.codec.decode_chords(networks.scale.restore(latent[0, stretch.here])).argmax(-1)


def _written_tune(
    networks: Networks,
    conditioning: Conditioning,
    stretch: Stretch,
    latent: torch.Tensor,
    rng: np.random.Generator,
) -> Events:
    assert networks.transformer is not None  # noqa: S101  # the caller asked
    chords = _chords(networks, stretch, latent)
    heard = 0 if stretch.heard is None else stretch.heard.bars
    returns = stretch.level < 1.0
    bars = [
        bar if bar.again is None or returns else bar._replace(again=bar.again + heard) for bar in stretch.tune
    ]
    return networks.transformer.draw_tune(conditioning, chords.numpy(), bars, rng, before=stretch.heard)


def condition_of(
    conditioning: Conditioning, absent: torch.Tensor, batch: int, *, ends: bool | None = None
) -> Condition:
    """Return a request as the denoiser is told it, `batch` times; `absent` (6,) bool marks latent rows that do not play.

    `ends` says whether the piece ends with the window, None that nobody knows.
    """
    mode = 1.0 if conditioning.mode == "major" else -1.0
    tempo = float(np.clip(np.log2(conditioning.tempo_bpm / 100.0), -1.0, 1.0))
    density = min(2.0 * conditioning.density - 1.0 + DENSITY_CORRECTION, 1.0)
    register, articulation = 2.0 * conditioning.register - 1.0, 2.0 * conditioning.articulation - 1.0
    ending = 1.0 if ends else -1.0
    return Condition(
        style=torch.tensor(conditioning.style, dtype=torch.float32).repeat(batch, 1),
        scalars=torch.tensor([[tempo, mode, density, register, articulation, ending]]).repeat(batch, 1),
        known=torch.tensor([[name != "ending" or ends is not None for name in SCALARS]]).repeat(batch, 1),
        has_style=torch.ones(batch, dtype=torch.bool),
        metre=torch.full((batch,), metre_number(conditioning.metre)),
        absent=absent.repeat(batch, 1),
    )


@torch.inference_mode()
def tonic_latent(networks: Networks, conditioning: Conditioning) -> torch.Tensor:
    """Return the standardised chord latent (channels,) of a bar of the tonic."""
    patches = METRES[metre_number(conditioning.metre)].patches
    chords = torch.full((1, PATCHES_PER_BAR), NO_CHORD)
    chords[:, :patches] = tonic_chord(conditioning.mode)
    return _chord_latents(networks, chords)[0]


def _chord_latents(networks: Networks, chords: torch.Tensor) -> torch.Tensor:
    """Return the standardised latents (bars, channels) of chords (bars, 4)."""
    return (networks.codec.encode_chords(chords) - networks.scale.mean[0]) / networks.scale.deviation[0]


def empty_window(channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a window of which nothing is known: latents (1, 16, 6, channels) and what is given (1, 16, 6)."""
    known = torch.zeros(1, WINDOW_BARS, len(LATENT_ROWS), channels)
    return known, torch.zeros(known.shape[:-1], dtype=torch.bool)
