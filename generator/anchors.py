"""Anchors: corpus windows as they sound, through which a taste in real audio becomes a condition in notes.

Retrieve, then condition in-domain: the tracks of a taste find the rendered corpus windows that sound nearest, and the mean
of those windows' symbolic styles is what the denoiser is given. Similarities are corrected for hubs by CSLS (Conneau et al.
2018): a few renders are near to everything, and would otherwise be everybody's anchor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.bars import METRES
from generator.checkpoint import load_tensors, save_tensors
from generator.domain_shift import DomainShift, half_shift
from generator.notes import ROWS

HUB_NEIGHBOURS = 10
TEMPO_TOLERANCE = 0.08
_PROGRAM_VOTERS = 8
_COLUMNS = ("vectors", "styles", "programs", "tempo_bpm", "is_minor", "metre", "hubness")
_SHIFT_PREFIX = "shift_"


@dataclass(frozen=True)
class Anchors:
    """What a taste's anchors agree on: `style` (24,), the programs of the one whose band fits best, and who is to be credited.

    `indices` (k,) are the anchors' numbers, nearest first; `source_styles` their style labels in the corpus.
    """

    indices: np.ndarray
    style: np.ndarray
    programs: dict[str, int]
    metre: str
    source_styles: tuple[str, ...]
    credits: tuple[str, ...]


@dataclass(frozen=True)
class AnchorTable:
    """All anchors: `vectors` (anchors, dimensions) unit audio embeddings, `styles` (anchors, 24), `programs` (anchors, 5)
    with -1 for rows that rest, `tempo_bpm` (NaN = unknown), `is_minor`, `metre`, `hubness` (anchors,), labels and credits.
    `shift` is what real audio differs by from its render, where it has been fitted; `hubness` holds in its space.
    """

    vectors: np.ndarray
    styles: np.ndarray
    programs: np.ndarray
    tempo_bpm: np.ndarray
    is_minor: np.ndarray
    metre: np.ndarray
    hubness: np.ndarray
    source_styles: tuple[str, ...]
    credits: tuple[str, ...]
    shift: DomainShift | None = None

    def save(self, path: Path, encoder_name: str, shift_provenance: Mapping[str, Any] | None = None) -> str:
        """Write the table with the name of the encoder its vectors come from and return its SHA-256.

        `shift_provenance` says what the shift was fitted on.
        """
        columns = {name: getattr(self, name) for name in _COLUMNS}
        if self.shift is not None:
            columns |= {_SHIFT_PREFIX + name: column for name, column in vars(self.shift).items()}
        tensors = {name: torch.from_numpy(np.ascontiguousarray(column)) for name, column in columns.items()}
        config = {"encoder": encoder_name, "source_styles": self.source_styles, "credits": self.credits}
        return save_tensors(path, tensors, config | ({"shift": shift_provenance} if shift_provenance else {}))

    @classmethod
    def load(cls, path: Path) -> "AnchorTable":
        """Read a table. Raises FileNotFoundError where it is missing, ValueError where its checksum is wrong."""
        tensors, config, _ = load_tensors(path)
        columns = {name: tensors[name].numpy() for name in _COLUMNS}
        shift_columns = {
            field.name: tensors[_SHIFT_PREFIX + field.name].numpy()
            for field in fields(DomainShift)
            if _SHIFT_PREFIX + field.name in tensors
        }
        return cls(
            **columns,
            source_styles=tuple(config["source_styles"]),
            credits=tuple(config["credits"]),
            shift=DomainShift(**shift_columns) if shift_columns else None,
        )

    def corrected(self, real: np.ndarray, rendered: np.ndarray) -> "AnchorTable":
        """Return this table with the shift of pairs of one content (pairs, dimensions): real audio and its render.

        Anchors' hubness is measured anew among the recordings of the pairs: hubs are near to what asks, and real audio
        asks. Raises ValueError where the pairs do not match or are not vectors of this table's encoder.
        """
        if real.shape[1:] != self.vectors.shape[1:]:
            raise ValueError(f"pairs must be (pairs, {self.vectors.shape[1]}), got {real.shape}")
        shift = half_shift(real, rendered)
        hubness = measure_hubness(shift.targets(self.vectors), shift.queries(real))
        return replace(self, shift=shift, hubness=hubness)

    def retrieve(
        self,
        queries: np.ndarray,
        k: int = 32,
        *,
        tempo_bpm: float | None = None,
        has_drums: bool | None = None,
        mode: str | None = None,
    ) -> Anchors:
        """Return the k anchors nearest to a taste's tracks (queries, dimensions), unit vectors of the same encoder.

        The queries are real audio: where the table knows the shift, it is taken out of both sides. Tempo (within 8 percent, octave-free), drums and mode narrow the choice; where fewer than k remain, mode gives way
        first, then tempo. Raises ValueError where the queries are not vectors of this table's encoder.
        """
        if queries.ndim != 2 or queries.shape[1] != self.vectors.shape[1] or not len(queries):
            raise ValueError(f"queries must be (tracks, {self.vectors.shape[1]}), got {queries.shape}")
        targets = self.vectors
        if self.shift is not None:
            queries, targets = self.shift.queries(queries), self.shift.targets(targets)
        nearness = 2.0 * (queries @ targets.T).mean(0) - self.hubness
        drums = (
            np.ones(len(self.vectors), bool)
            if has_drums is None
            else (self.programs[:, -1] >= 0) == has_drums
        )
        tempo = np.ones(len(drums), bool) if tempo_bpm is None else self._near_tempo(tempo_bpm)
        modes = np.ones(len(drums), bool) if mode is None else self.is_minor == (mode == "minor")
        choices = (drums & tempo & modes, drums & tempo, drums, np.ones(len(drums), bool))
        allowed = next(choice for choice in choices if choice.sum() >= min(k, len(drums)))
        ranked = np.flatnonzero(allowed)[np.argsort(-nearness[allowed], kind="stable")][:k]
        band = self._best_band(ranked)
        return Anchors(
            indices=ranked,
            style=self.styles[ranked].mean(0),
            programs={
                row: int(program)
                for row, program in zip(ROWS, self.programs[band], strict=True)
                if program >= 0
            },
            metre=METRES[int(self.metre[band])].name,
            source_styles=tuple(self.source_styles[index] for index in ranked),
            credits=tuple(dict.fromkeys(self.credits[index] for index in ranked)),
        )

    def _near_tempo(self, tempo_bpm: float) -> np.ndarray:
        octaves = np.log2(np.nan_to_num(self.tempo_bpm, nan=tempo_bpm) / tempo_bpm)
        return np.asarray(np.abs(octaves - np.round(octaves)) <= np.log2(1 + TEMPO_TOLERANCE))

    def _best_band(self, ranked: np.ndarray) -> int:
        """Return the anchor whose whole band is taken: of the nearest few, one with a tune and most of the rows."""
        voters = ranked[:_PROGRAM_VOTERS]
        plays = self.programs[voters] >= 0
        fullness = plays.sum(1) + 2.0 * plays[:, 0] - 0.25 * np.arange(len(voters))
        pitched = self.programs[voters][:, :-1].max(1) >= 0
        return int(voters[np.argmax(np.where(pitched, fullness, -1.0))])


def measure_hubness(vectors: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Return each vector's mean similarity to its ten nearest references (vectors,), the second term of CSLS."""
    similarity = vectors @ references.T
    nearest = np.sort(similarity, axis=1)[:, -HUB_NEIGHBOURS:]
    return np.asarray(nearest.mean(1), np.float32)


def ship_shift(
    path: Path, real: np.ndarray, rendered: np.ndarray, encoder_name: str, provenance: Mapping[str, Any]
) -> str:
    """Fit the shift on pairs of one content (pairs, dimensions) and write it into the table at `path`; return its SHA-256.

    Raises FileNotFoundError where the table is missing, ValueError where its checksum is wrong, where its vectors are
    another encoder's than `encoder_name`, or where the pairs do not match.
    """
    _, config, _ = load_tensors(path)
    if config["encoder"] != encoder_name:
        raise ValueError(f"{path.name} was heard by {config['encoder']}, the pairs by {encoder_name}")
    provenance = {"pairs": len(real)} | dict(provenance)
    return AnchorTable.load(path).corrected(real, rendered).save(path, encoder_name, provenance)
