"""Compositions whose notes are known, kept as if they had been composed."""

import json
from functools import lru_cache

import numpy as np

from generator.conditioning import Conditioning
from generator.notes import Notes
from generator.sound.rendering import notes_to_midi
from service.audio import flac_bytes
from service.compositions.covers import draw_cover
from service.compositions.keeping import ComposedPiece, store_composition
from service.settings import Settings
from service.store.database import Database
from service.store.ids import new_id

RATE = 48_000


def keep_written(
    database: Database, settings: Settings, user_id: str, notes: Notes, *, listed: bool = True
) -> str:
    """Keep these notes in C major, with a second of silence for their sound; returns the composition's id."""
    programs = {track.row: track.program for track in notes.tracks}
    asked = Conditioning(
        seconds=30, tempo_bpm=notes.tempo_bpm, key=0, mode="major", style=(0.1,) * 24, programs=programs
    )
    piece = ComposedPiece(
        user_id=user_id,
        cluster_id=None,
        title="Slow Harbour",
        seconds=30.0,
        seed=1,
        engine="latent-diffusion",
        model_name="homespun-1",
        model_sha256="ab" * 32,
        dtype="float32",
        threads=1,
        passed=listed,
        files={
            "flac": flac_bytes(np.zeros((2, RATE), np.float32), RATE),
            "midi": notes_to_midi(notes, "Slow Harbour"),
            "cover": _cover(),
        },
        sound_sha256=new_id(),
        duration_seconds=1.0,
        sample_rate=RATE,
        conditioning=json.loads(asked.to_json()),
    )
    return store_composition(database, settings.media_dir, piece).composition_id


@lru_cache(maxsize=1)
def _cover() -> bytes:
    return draw_cover(np.ones((2, 5)), 0.0, 0.0)
