"""A composer with tiny untrained networks, and pieces to edit whose every note is known."""

import torch

from generator.codec import LATENT_ROWS, Codec, CodecConfig
from generator.conditioning import Conditioning
from generator.denoiser import Denoiser, DenoiserConfig
from generator.editing.written import Written
from generator.latents import LatentScale
from generator.networks import Networks
from generator.notes import Notes
from generator.pipeline import Composer
from tests.generator.pieces import small_band
from tests.generator.tunes import guard_without_passages

BAND = {"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": 128}


def tiny_composer() -> Composer:
    """Return a composer that plays about every third possible drum and some notes."""
    channels = 8
    with torch.random.fork_rng():
        torch.random.manual_seed(1)
        codec = Codec(
            CodecConfig(latent_channels=channels, width=32, heads=2, encoder_layers=1, decoder_layers=1)
        )
        denoiser = Denoiser(DenoiserConfig(latent_channels=channels, width=32, layers=1, heads=2))
        torch.nn.init.normal_(codec.line_out.weight, std=0.25)
        torch.nn.init.normal_(codec.drums_out.weight, std=0.4)
    scale = LatentScale(torch.zeros(len(LATENT_ROWS), channels), torch.ones(len(LATENT_ROWS), channels))
    networks = Networks(
        codec.eval(), denoiser.eval(), scale, guard_without_passages(), None, None, None, "ab" * 32
    )
    return Composer(networks, threads=1)


def written_band(bars: int = 20, *, loops: bool = False) -> Written:
    """Return a band in C major."""
    return written(small_band(bars), loops=loops)


def written(notes: Notes, *, loops: bool = False) -> Written:
    """Return notes in C major as a piece."""
    programs = {track.row: track.program for track in notes.tracks}
    asked = Conditioning(
        seconds=30, tempo_bpm=notes.tempo_bpm, key=0, mode="major", style=(0.1,) * 24, programs=programs
    )
    return Written.of(notes, asked, loops=loops)
