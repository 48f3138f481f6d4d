"""Pieces that wait for review."""

import zlib

import numpy as np

from service.audio import flac_bytes
from service.compositions.keeping import ComposedPiece, store_composition
from service.settings import Settings
from service.store.database import Database

RATE = 16_000
SECONDS = 3.5


def keep_piece(
    database: Database, settings: Settings, user_id: str, *, title: str = "Slow Harbour", listed: bool = False
) -> str:
    """A few seconds of a tone, composed for this listener; returns the composition's id."""
    seed = zlib.crc32(f"{user_id} {title}".encode()) % 10_000
    tone = np.sin(np.arange(round(RATE * SECONDS)) * (0.05 + seed / 100_000))
    samples = np.stack([tone, tone]).astype(np.float32) * 0.3
    piece = ComposedPiece(
        user_id=user_id,
        cluster_id=None,
        title=title,
        seconds=SECONDS,
        seed=seed,
        engine="latent-diffusion",
        model_name="homespun-1",
        model_sha256="ab" * 32,
        dtype="float32",
        threads=2,
        passed=listed,
        files={"flac": flac_bytes(samples, RATE), "midi": b"notes", "cover": b"cover"},
        sound_sha256=f"{seed:064d}",
        duration_seconds=SECONDS,
        sample_rate=RATE,
        conditioning={
            "seconds": SECONDS,
            "tempo_bpm": 100.0,
            "key": 3,
            "mode": "minor",
            "style": [0.1, 0.2],
            "programs": {"melody": 0},
            "density": 0.5,
            "register": 0.5,
            "articulation": 0.5,
            "dynamics": 0.5,
            "metre": "4/4",
            "guidance_scale": 3.0,
            "credits": ["A tune, by nobody"],
        },
        measurements={"loudness_lufs": -14.0, "failures": ["clips: 9 samples at full scale"]},
    )
    return store_composition(database, settings.media_dir, piece).composition_id
