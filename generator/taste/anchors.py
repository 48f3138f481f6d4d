"""Anchors: corpus windows as they sound, through which a taste in real audio becomes a condition in notes.

Retrieve, then condition in-domain: the tracks of a taste find the rendered corpus windows that sound nearest, and the mean
of those windows' symbolic styles is what the denoiser is given. Similarities are corrected for hubs by CSLS (Conneau et al.
2018): a few renders are near to everything, and would otherwise be everybody's anchor.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.bars import METRES
from generator.checkpoint import as_written, load_tensors, save_tensors
from generator.notes import ROWS
from generator.taste.domain_shift import DomainShift, half_shift
from generator.taste.leaning import REACH

HUB_NEIGHBOURS = 10

NEAREST_ANCHORS = 16
"""Judged by recordings left out, the mean of 16 is told to its collection as often as that of 8, and more often than of 32."""

TEMPO_TOLERANCE = 0.08
TEMPO_WEIGHT = 0.2
"""What each further `TEMPO_TOLERANCE` (octave-free, three at most) costs in nearness. As a filter, tempo left so few anchors
that those chosen were told to the right collection in .6 of cases instead of .85; so weighed, in .85, three in four in tempo."""

FEWEST_CHOICES = 8
"""A wish for a mode or drums holds while it leaves so many times the anchors that are taken: it must not decide for the ear."""

MOST_TEXTURES = 3
"""As many as a form of a few minutes has letters."""

WITHOUT_PITCH = range(115, 128)
"""Wood blocks, drums and sound effects of General MIDI: no tune or chord can be played on them."""

_BANDS = 8
_BAND_HALVED_AFTER = 3.0
_COLUMNS = ("vectors", "styles", "programs", "tempo_bpm", "is_minor", "metre", "hubness")
_ORIGINS = ("piece_id", "first_bar")
_SHIFT_PREFIX = "shift_"


@dataclass(frozen=True)
class Anchors:
    """What a taste's anchors agree on: `style` (24,), the programs and metre of one of them, and who is to be credited.

    `indices` (k,) are the anchors' numbers, nearest first; `band` is the number of the one whose programs are taken;
    `textures` are those that can accompany for it: itself, then the nearest of its metre in which all of its rows play.
    `source_styles` are the anchors' style labels in the corpus.
    """

    indices: np.ndarray
    band: int
    textures: tuple[int, ...]
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
    `encoder` names what heard them. `piece_id` and `first_bar` (anchors,) say where in the corpus they stand, the bar counted
    from the piece's first; a table that was made before that was kept has none.
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
    encoder: str = ""
    piece_id: np.ndarray | None = None
    first_bar: np.ndarray | None = None

    def save(self, path: Path, encoder_name: str, shift_provenance: Mapping[str, Any] | None = None) -> str:
        """Write the table with the name of the encoder its vectors come from and return its SHA-256.

        `shift_provenance` says what the shift was fitted on.
        """
        columns = {name: getattr(self, name) for name in _COLUMNS}
        columns |= {name: column for name in _ORIGINS if (column := getattr(self, name)) is not None}
        if self.shift is not None:
            columns |= {_SHIFT_PREFIX + name: column for name, column in vars(self.shift).items()}
        tensors = {name: torch.from_numpy(np.ascontiguousarray(column)) for name, column in columns.items()}
        config = {"encoder": encoder_name, "source_styles": self.source_styles, "credits": self.credits}
        return save_tensors(path, tensors, config | ({"shift": shift_provenance} if shift_provenance else {}))

    @classmethod
    def load(cls, path: Path) -> "AnchorTable":
        """Read a table. Raises FileNotFoundError where it is missing, ValueError where its checksum is wrong."""
        tensors, config, _ = load_tensors(path)
        with as_written(path.name):
            columns = {name: tensors[name].numpy() for name in (*_COLUMNS, *_ORIGINS) if name in tensors}
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
                encoder=config["encoder"],
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

    def passages_key(self) -> str:
        """Return a name of the passages that the anchors are, the same for the same passages in the same order.

        Raises ValueError where the table does not say where in the corpus they stand.
        """
        if self.piece_id is None or self.first_bar is None:
            raise ValueError("these anchors do not say where in the corpus they stand")
        places = np.stack([self.piece_id, self.first_bar]).astype("<i8")
        return hashlib.sha256(places.tobytes()).hexdigest()[:12]

    def retrieve(
        self,
        queries: np.ndarray,
        k: int = NEAREST_ANCHORS,
        *,
        query_weights: np.ndarray | None = None,
        tempo_bpm: float | None = None,
        has_drums: bool | None = None,
        mode: str | None = None,
        leaning: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> Anchors:
        """Return the k anchors nearest to a taste's tracks (queries, dimensions), unit vectors of the same encoder.

        The queries are real audio: where the table knows the shift, it is taken out of both sides. `query_weights` (queries,)
        say how much each counts. Drums and mode narrow the choice while enough anchors remain (mode gives way first); tempo
        (octave-free) is weighed, and so is `leaning` (anchors,), the log odds of each being wanted. With `rng` the band is drawn among the nearest, full ones and those with a tune more often;
        without, it is the likeliest. Raises ValueError where the queries are not unit vectors of this table's encoder.
        """
        self._check_queries(queries)
        targets = self.vectors
        if self.shift is not None:
            queries, targets = self.shift.queries(queries), self.shift.targets(targets)
        nearness = 2.0 * np.average(queries @ targets.T, axis=0, weights=query_weights) - self.hubness
        if tempo_bpm is not None:
            nearness = nearness - self._tempo_cost(tempo_bpm)
        if leaning is not None:
            nearness = nearness + REACH * leaning
        allowed = self._allowed(min(FEWEST_CHOICES * k, len(nearness)), has_drums, mode)
        ranked = np.flatnonzero(allowed)[np.argsort(-nearness[allowed], kind="stable")][:k]
        band = self._choose_band(ranked, np.zeros(len(nearness)) if leaning is None else leaning, rng)
        return Anchors(
            indices=ranked,
            band=band,
            textures=self._textures_for(band, ranked),
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

    def _check_queries(self, queries: np.ndarray) -> None:
        if queries.ndim != 2 or queries.shape[1] != self.vectors.shape[1] or not len(queries):
            raise ValueError(f"queries must be (tracks, {self.vectors.shape[1]}), got {queries.shape}")
        lengths = np.linalg.norm(queries, axis=1)
        if not np.allclose(lengths, 1.0, atol=0.01):
            raise ValueError("queries must be finite vectors of length one")

    def _allowed(self, fewest: int, has_drums: bool | None, mode: str | None) -> np.ndarray:
        everything = np.ones(len(self.vectors), bool)
        drums = everything if has_drums is None else (self.programs[:, -1] >= 0) == has_drums
        modes = everything if mode is None else self.is_minor == (mode == "minor")
        choices = (drums & modes, drums, everything)
        return np.asarray(next(choice for choice in choices if choice.sum() >= fewest))

    def _tempo_cost(self, tempo_bpm: float) -> np.ndarray:
        octaves = np.log2(np.nan_to_num(self.tempo_bpm, nan=tempo_bpm) / tempo_bpm)
        beyond = np.abs(octaves - np.round(octaves)) / np.log2(1 + TEMPO_TOLERANCE) - 1.0
        return np.asarray(TEMPO_WEIGHT * np.clip(beyond, 0.0, 3.0))

    def _textures_for(self, band: int, ranked: np.ndarray) -> tuple[int, ...]:
        wanted = self.programs[band] >= 0
        fits = (self.metre[ranked] == self.metre[band]) & ((self.programs[ranked] >= 0) | ~wanted).all(1)
        others = ranked[fits & (ranked != band)][: MOST_TEXTURES - 1]
        return (band, *others.tolist())

    def _choose_band(self, ranked: np.ndarray, leaning: np.ndarray, rng: np.random.Generator | None) -> int:
        """Return the anchor whose whole band is taken: one of the nearest few, likelier with a tune and most of the rows."""
        # a drum take, or a row played on a gunshot, is taken only where nothing else is near
        programs = self.programs[ranked][:, :-1]
        pitched = ranked[(programs >= 0).any(1) & ~np.isin(programs, WITHOUT_PITCH).any(1)]
        nearest = (pitched if len(pitched) else ranked)[:_BANDS]
        plays = self.programs[nearest] >= 0
        likelihood = plays.sum(1) + 2.0 * plays[:, 0]
        likelihood = (
            likelihood * 0.5 ** (np.arange(len(nearest)) / _BAND_HALVED_AFTER) * np.exp(leaning[nearest])
        )
        if rng is None:
            return int(nearest[np.argmax(likelihood)])
        return int(rng.choice(nearest, p=likelihood / likelihood.sum()))


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
