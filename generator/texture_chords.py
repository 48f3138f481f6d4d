"""Textures under composed chords: as notes they move to them, for latents hold pitches and follow chords but little."""

from dataclasses import replace

import numpy as np
import torch

from generator.arranging.other_chords import under_chords
from generator.bars import METRES
from generator.codec import LATENT_ROWS
from generator.conditioning import Conditioning
from generator.latents import decode_notes, metre_number
from generator.networks import Networks
from generator.notes import ROWS
from generator.planes import notes_to_planes
from generator.taste.textures import LATENT_ROW_NUMBERS, Texture


@torch.inference_mode()
def texture_under(
    networks: Networks, conditioning: Conditioning, texture: Texture, chords: torch.Tensor
) -> Texture:
    """Return a texture whose notes moved to `chords` (bars, 4) of the key frame, which are as many bars as it has."""
    codec, scale, bars = networks.codec, networks.scale, len(chords)
    latent = torch.zeros(1, bars, len(LATENT_ROWS), codec.config.latent_channels)
    latent = scale.restore(texture.laid_over(latent, 0, bars)[0])
    written = torch.from_numpy(texture.chords[np.arange(bars) % len(texture.chords)].astype(np.int64))
    rows = [ROWS[number - 1] for number in texture.latent_rows]
    band = replace(conditioning, programs={row: 128 if row == "drums" else 0 for row in rows})
    notes = decode_notes(codec, latent, band, 0, chords=written)
    beats = METRES[metre_number(conditioning.metre)].patches
    old, new = (each[:, :beats].reshape(-1).numpy() for each in (written, chords))
    moved = tuple(track if track.is_drums else under_chords(track, old, new) for track in notes.tracks)
    planes = replace(notes_to_planes(replace(notes, tracks=moved), 0, bars=bars), chords=chords)
    mean, _ = codec.encode(planes)
    return replace(
        texture, latent=scale.standardise(mean)[:, list(LATENT_ROW_NUMBERS)].numpy(), chords=chords.numpy()
    )
