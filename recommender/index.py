"""Which tracks sound alike: an exact search among unit vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np


@dataclass(frozen=True)
class SerializedIndex:
    """The two files an index lasts in: the search structure, and track ids by position, one a line."""

    vectors: bytes
    track_ids: bytes


class TrackIndex:
    """Flat inner product, which is the cosine for unit vectors."""

    def __init__(self, track_ids: tuple[str, ...], vectors: faiss.Index) -> None:
        if len(track_ids) != vectors.ntotal:
            raise ValueError(f"The index holds {vectors.ntotal} vectors for {len(track_ids)} tracks.")
        self.track_ids = track_ids
        self._vectors = vectors

    @classmethod
    def build(cls, track_ids: Sequence[str], vectors: np.ndarray) -> "TrackIndex":
        """An index of unit vectors float32 (tracks, size); the order of the tracks makes no difference.

        Raises ValueError when an id is given twice, or the numbers of ids and vectors differ.
        """
        if vectors.ndim != 2 or len(track_ids) != len(vectors):
            raise ValueError("An index takes one vector for each track id.")
        if len(set(track_ids)) != len(track_ids):
            raise ValueError("An index takes each track id once.")
        order = sorted(range(len(track_ids)), key=lambda position: track_ids[position])
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors[order], dtype=np.float32))
        return cls(tuple(track_ids[position] for position in order), flat)

    @classmethod
    def load(cls, vectors_path: Path, track_ids_path: Path) -> "TrackIndex":
        """The index in these two files, its vectors mapped into memory; raises ValueError when they do not fit."""
        try:
            vectors = faiss.read_index(str(vectors_path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError(f"{vectors_path} holds no index.") from error
        return cls(tuple(track_ids_path.read_text(encoding="ascii").splitlines()), vectors)

    def serialized(self) -> SerializedIndex:
        """The contents of its two files: equal for equal tracks and vectors."""
        names = "".join(f"{track_id}\n" for track_id in self.track_ids)
        return SerializedIndex(faiss.serialize_index(self._vectors).tobytes(), names.encode("ascii"))

    def search(self, vectors: np.ndarray, k: int) -> tuple[list[list[str]], np.ndarray]:
        """The tracks nearest to each of the unit vectors (n, size), nearest first, and cosines float32 (n, found).

        `found` is `k`, or the number of tracks where that is smaller.
        """
        found = min(k, len(self.track_ids))
        if found == 0:
            return [[] for _ in vectors], np.zeros((len(vectors), 0), dtype=np.float32)
        cosines, positions = self._vectors.search(np.ascontiguousarray(vectors, dtype=np.float32), found)
        return [[self.track_ids[position] for position in row] for row in positions], cosines
