"""Which tracks sound alike: a search among unit vectors, exact in a small library and nearly so in a large one."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 4_000_000
"""Numbers in all vectors. Beyond, comparing one with all takes longer than everything else that makes a list."""

# Product quantisation scanned in registers (André, Kermarrec and Le Scouarnec, "Quicker ADC", 2018) brings four times as
# many tracks as are asked for, which are then compared by one byte a number: of 100 nearest, 99 are found.
_QUANTISED = "PQ{subvectors}x4fs,Refine(SQ8)"
_NUMBERS_IN_A_SUBVECTOR = 4
_TIMES_REFINED = 4.0
_TRAINING_VECTORS = 20_000


@dataclass(frozen=True)
class SerializedIndex:
    """The two files an index lasts in: the search structure, and track ids by position, one a line."""

    vectors: bytes
    track_ids: bytes


class TrackIndex:
    """Inner product, which is the cosine for unit vectors. Track ids ascend."""

    def __init__(self, track_ids: tuple[str, ...], vectors: faiss.Index) -> None:
        if len(track_ids) != vectors.ntotal:
            raise ValueError(f"The index holds {vectors.ntotal} vectors for {len(track_ids)} tracks.")
        self.track_ids = track_ids
        self._vectors = vectors
        self._kept = vectors
        if isinstance(vectors, faiss.IndexRefine):
            vectors.k_factor = _TIMES_REFINED
            self._kept = vectors.refine_index

    @property
    def vector_size(self) -> int:
        """Numbers in a vector."""
        return int(self._vectors.d)

    @classmethod
    def build(
        cls, track_ids: Sequence[str], vectors: np.ndarray, *, exact_up_to: int = EXACT_UP_TO
    ) -> "TrackIndex":
        """An index of unit vectors float32 (tracks, size); the order of the tracks makes no difference.

        Raises ValueError when an id is given twice, or the numbers of ids and vectors differ.
        """
        if vectors.ndim != 2 or len(track_ids) != len(vectors):
            raise ValueError("An index takes one vector for each track id.")
        if len(set(track_ids)) != len(track_ids):
            raise ValueError("An index takes each track id once.")
        order = sorted(range(len(track_ids)), key=lambda position: track_ids[position])
        ordered = np.ascontiguousarray(vectors[order], dtype=np.float32)
        if ordered.size <= exact_up_to:
            structure = faiss.IndexFlatIP(vectors.shape[1])
        else:
            subvectors = max(vectors.shape[1] // _NUMBERS_IN_A_SUBVECTOR, 1)
            structure = faiss.index_factory(
                vectors.shape[1], _QUANTISED.format(subvectors=subvectors), faiss.METRIC_INNER_PRODUCT
            )
            structure.train(ordered[:: -(-len(ordered) // _TRAINING_VECTORS)])
        structure.add(ordered)
        return cls(tuple(track_ids[position] for position in order), structure)

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
        positions, cosines = self.search_positions(vectors, k)
        return [[self.track_ids[position] for position in row] for row in positions], cosines

    def search_positions(self, vectors: np.ndarray, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """As `search`, by position in ``track_ids``: int64 (n, found) and cosines float32 (n, found)."""
        found = min(k, len(self.track_ids))
        if found == 0:
            return np.zeros((len(vectors), 0), np.int64), np.zeros((len(vectors), 0), np.float32)
        _use_one_thread()
        cosines, positions = self._vectors.search(np.ascontiguousarray(vectors, dtype=np.float32), found)
        return positions, cosines

    def positions_of(self, track_ids: Sequence[str]) -> NDArray[np.int64]:
        """Where each of these tracks stands, int64 (n,); -1 for one that is not in the index."""
        places = (bisect_left(self.track_ids, track_id) for track_id in track_ids)
        return np.array(
            [
                place if place < len(self.track_ids) and self.track_ids[place] == track_id else -1
                for place, track_id in zip(places, track_ids, strict=True)
            ],
            dtype=np.int64,
        )

    def vectors_at(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors at these positions, float32 (n, size): as they were given, or to one byte a number."""
        _use_one_thread()
        vectors: NDArray[np.float32] = self._kept.reconstruct_batch(positions)
        return vectors


def _use_one_thread() -> None:
    """Of this thread's calls: requests are answered side by side, and a team of threads waits for its last."""
    faiss.omp_set_num_threads(1)
