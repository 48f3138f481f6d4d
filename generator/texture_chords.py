"""Textures under composed chords: as notes they move to them, for latents hold pitches and follow chords but little."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from generator.arranging.other_chords import under_chords
from generator.bars import METRES
from generator.codec import LATENT_ROWS
from generator.conditioning import Conditioning
from generator.form import SECTION_BARS
from generator.latents import decode_notes, metre_number, transposition_of
from generator.networks import Networks
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.planes import notes_to_planes
from generator.taste.textures import LATENT_ROW_NUMBERS, Texture


@torch.inference_mode()
def texture_under(
    networks: Networks, conditioning: Conditioning, texture: Texture, chords: torch.Tensor
) -> tuple[Texture, tuple[NoteTrack, ...]]:
    """Return a texture whose notes moved to `chords` (bars, 4), and these notes; both are of the key frame.

    There are as many bars of chords as the texture has.
    """
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
    latent = scale.standardise(mean)[:, list(LATENT_ROW_NUMBERS)]
    return replace(texture, latent=latent.numpy(), chords=chords.numpy()), moved


def joined_band(
    bands: Sequence[tuple[NoteTrack, ...]], notes: Notes, conditioning: Conditioning
) -> list[NoteTrack]:
    """Return the rows of sections, each of eight bars, as those of the whole piece `notes`, in its key and on its instruments."""
    bar_steps = notes.beats_per_bar * STEPS_PER_BEAT
    joined = []
    for row in dict.fromkeys(track.row for band in bands for track in band):
        parts = [
            replace(track, onset_steps=track.onset_steps + number * SECTION_BARS * bar_steps)
            for number, band in enumerate(bands)
            for track in band
            if track.row == row
        ]
        columns = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("onset_steps", "duration_steps", "pitch", "velocity")
        }
        whole = NoteTrack(row, conditioning.programs[row], **columns)
        if not whole.is_drums:
            whole = replace(whole, pitch=(whole.pitch - transposition_of(conditioning)).astype(np.int16))
        joined.append(whole.take(whole.onset_steps < notes.bars * bar_steps))
    return joined
