"""The place of a composition among recordings: what every render shares is taken out of its vector before it is indexed.

Otherwise all compositions would be each other's nearest neighbours, whatever they are composed for, and one thumb down would
move them all. What renders share is measured on pairs of one content, a recording and its render (`generator.taste.domain_shift`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generator.taste.anchors import AnchorTable
from generator.taste.domain_shift import DomainShift


@dataclass(frozen=True, eq=False)
class IndexOffset:
    """`offset` (dimensions,): what a render's vector has more than that of a recording of the same music.

    `name` says which offset it is; equal offsets have equal names.
    """

    name: str
    offset: np.ndarray

    def removed(self, vectors: np.ndarray) -> np.ndarray:
        """Return unit vectors float32 (tracks, dimensions) of compositions as unit vectors among recordings.

        Raises ValueError where they are of another size.
        """
        if vectors.ndim != 2 or vectors.shape[1] != len(self.offset):
            raise ValueError(f"vectors must be (tracks, {len(self.offset)}), got {vectors.shape}")
        moved = vectors - self.offset
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


WHOLE_OF_HALF = 2.0
"""Anchors are met half way (`half_shift`): half of what a transcribed pair differs by is sound that was not written down, and
with it style. A composition is to lie where a recording of it would, which is the whole way."""


def index_offset(shift: DomainShift) -> IndexOffset:
    """Return the offset between the means of a shift's pairs."""
    offset = (WHOLE_OF_HALF * (shift.rendered_mean - shift.real_mean)).astype(np.float32)
    return IndexOffset(hashlib.sha256(offset.astype("<f4").tobytes()).hexdigest()[:12], offset)


def load_index_offset(anchors_file: Path, encoder_name: str) -> IndexOffset | None:
    """Return the offset of a table of anchors, None where no shift was fitted or another encoder heard them.

    Raises FileNotFoundError where the table is missing, ValueError where its checksum is wrong.
    """
    table = AnchorTable.load(anchors_file)
    return index_offset(table.shift) if table.shift is not None and table.encoder == encoder_name else None
