"""The place of a composition among recordings: what all compositions share is taken out of their vectors before they are indexed.

Otherwise all compositions would be each other's nearest neighbours, whatever they are composed for, and one thumb down would
move them all. What they share is how they are played and recorded, and what one composer's pieces have in common.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.checkpoint import as_written, load_tensors, save_tensors

INDEX_OFFSET_FILE = "index_offset.safetensors"


@dataclass(frozen=True, eq=False)
class IndexOffset:
    """`offset` float32 (dimensions,): what a composition's vector has more than those of the recordings it is composed for.

    Equal offsets have equal names.
    """

    offset: np.ndarray

    @property
    def name(self) -> str:
        """Which offset it is."""
        return hashlib.sha256(self.offset.astype("<f2").tobytes()).hexdigest()[:12]

    def removed(self, vectors: np.ndarray) -> np.ndarray:
        """Return unit vectors float32 (tracks, dimensions) of compositions as unit vectors among recordings.

        Raises ValueError where they are of another size.
        """
        if vectors.ndim != 2 or vectors.shape[1] != len(self.offset):
            raise ValueError(f"vectors must be (tracks, {len(self.offset)}), got {vectors.shape}")
        moved = vectors - self.offset
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)

    def save(self, weights_dir: Path, encoder_name: str, provenance: Mapping[str, Any]) -> str:
        """Write it beside the weights that compose, with what it was fitted on, and return the file's SHA-256."""
        config = {"encoder": encoder_name, "provenance": dict(provenance)}
        return save_tensors(
            weights_dir / INDEX_OFFSET_FILE, {"offset": torch.from_numpy(self.offset)}, config
        )


def fit_index_offset(
    compositions: np.ndarray, composed_for: np.ndarray, recordings: np.ndarray, clusters: np.ndarray
) -> IndexOffset:
    """Return what compositions (pieces, d) share beside the recordings (tracks, d) of the clusters that they are composed for.

    `composed_for` (pieces,) and `clusters` (tracks,) number the clusters, and each counts alike. What is composed for a
    cluster lies at offset + leaning * its recordings' mean, by least squares: a piece leans less to its cluster than a recording
    of it, and what it lacks is no offset. Raises ValueError where fewer than two clusters have both.
    """
    common = np.intersect1d(composed_for, clusters)
    if len(common) < 2:
        raise ValueError("an offset needs compositions and recordings of two clusters or more")
    pieces, tracks = (
        np.stack([vectors[numbers == one].mean(0, dtype=np.float64) for one in common])
        for vectors, numbers in ((compositions, composed_for), (recordings, clusters))
    )
    apart = tracks - tracks.mean(0)
    leaning = float(((pieces - pieces.mean(0)) * apart).sum() / max(float((apart**2).sum()), 1e-9))
    return IndexOffset((pieces.mean(0) - leaning * tracks.mean(0)).astype(np.float32))


def load_index_offset(weights_dir: Path, encoder_name: str) -> IndexOffset | None:
    """Return the offset that ships beside weights, None where none was fitted for this encoder.

    Raises ValueError where its checksum is wrong.
    """
    path = weights_dir / INDEX_OFFSET_FILE
    if not path.exists():
        return None
    tensors, config, _ = load_tensors(path)
    with as_written(path.name):
        return IndexOffset(tensors["offset"].numpy()) if config["encoder"] == encoder_name else None
