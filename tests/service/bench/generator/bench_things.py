"""What the tests of this bench share: tiny weights whose anchors lie where hearings do, and clusters that nobody need hear."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from generator.networks import ANCHORS_FILE
from recommender.embedding import ENCODER_NAME, VECTOR_SIZE
from service.bench.ear.heard_store import HeardTrack
from service.bench.ear.labels import Told
from service.bench.ear.library import LibraryTrack
from service.bench.generator.clusters import BenchCluster
from tests.service.jobs.test_compose_music import anchor_table, write_weights


def bench_weights(folder: Path) -> Path:
    """Weights that play one bar over and over, with four anchors in the encoder's space."""
    write_weights(folder, plays=True)
    table = replace(anchor_table(), vectors=np.eye(4, VECTOR_SIZE, dtype=np.float32))
    table.save(folder / ANCHORS_FILE, ENCODER_NAME)
    return folder


def told_track(path: str, genre: str | None = None) -> LibraryTrack:
    return LibraryTrack(
        told=Told(path=path, genre=genre),
        file_name=path,
        content_hash=path,
        duration_seconds=60.0,
        bpm_tag=None,
        key_tag=None,
    )


def heard_track(direction: int, rng: np.random.Generator) -> HeardTrack:
    """A track near one axis of the encoder's space, at 100 bpm in C major."""
    vector = np.zeros(VECTOR_SIZE, dtype=np.float32)
    vector[direction] = 1.0
    vector += 0.1 * rng.standard_normal(VECTOR_SIZE).astype(np.float32)
    facts = {
        "tempo_bpm": 100.0,
        "tempo_confidence": 0.9,
        "key": 0,
        "key_clarity": 0.8,
        "mode": "major",
        "percussive_share": 0.4,
        "valence": 0.3,
        "arousal": 0.1,
        "is_music": True,
    }
    return HeardTrack(
        raw=np.zeros(400, np.float32),
        vector=vector / np.linalg.norm(vector),
        tags=np.zeros(100, np.float32),
        facts=facts,
    )


def small_cluster(name: str, direction: int, tracks: int = 5) -> BenchCluster:
    rng = np.random.default_rng(direction)
    return BenchCluster(
        name,
        tuple(told_track(f"{name}/{number}.ogg") for number in range(tracks)),
        tuple(heard_track(direction, rng) for _ in range(tracks)),
    )
