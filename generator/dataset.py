"""Dataset tensors: every bar of the corpus as rows of note segments in the key frame, with its chords."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch

from generator.bars import (
    LOWEST_PITCH,
    MAX_BAR_STEPS,
    METRES,
    PATCHES_PER_BAR,
    PITCHES,
    transposition_to_frame,
)
from generator.chords import NO_CHORD, beat_chroma, find_chords
from generator.corpus import Piece
from generator.notes import ROWS, STEPS_PER_BEAT
from generator.rows import SourceNotes, arrange, drum_class

DRUM_CLASSES = 12
SPLITS = ("train", "valid", "test")
_DRUMS = ROWS.index("drums")

# Krumhansl and Kessler's probe-tone profiles (1982), for pieces without a stated key
_MAJOR_PROFILE = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR_PROFILE = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


@dataclass(frozen=True)
class BarDataset:
    """All bars of a corpus, piece after piece.

    Segments are notes cut at bar lines, ascending by bar: `segment_bar` (segments,) int32, `segment_row` int8,
    `segment_step` int8 and `segment_steps` int8 (start and length inside the bar), `segment_pitch` int8 (0 = C1 of the
    key frame; a drum class for drums), `segment_velocity` uint8, `segment_is_onset` bool (False = held over the bar line).
    `bar_chords` (bars, 4) int16; `bar_piece` (bars,) int32. Piece columns have one entry a piece; `piece_programs`
    (pieces, 5) int16 is -1 where a row is absent; `piece_tempo_bpm` is NaN where unknown.
    """

    segment_bar: np.ndarray
    segment_row: np.ndarray
    segment_step: np.ndarray
    segment_steps: np.ndarray
    segment_pitch: np.ndarray
    segment_velocity: np.ndarray
    segment_is_onset: np.ndarray
    bar_chords: np.ndarray
    bar_piece: np.ndarray
    piece_id: np.ndarray
    piece_source: np.ndarray
    piece_style: np.ndarray
    piece_split: np.ndarray
    piece_work: np.ndarray
    piece_credit: np.ndarray
    piece_metre: np.ndarray
    piece_tempo_bpm: np.ndarray
    piece_is_minor: np.ndarray
    piece_transposition: np.ndarray
    piece_programs: np.ndarray
    piece_has_dynamics: np.ndarray
    piece_bar_lines_known: np.ndarray
    piece_first_bar: np.ndarray
    piece_bars: np.ndarray

    def save(self, path: Path) -> None:
        """Write all columns to one npz file."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> "BarDataset":
        """Read what `save` wrote."""
        with np.load(path) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})

    def segment_range(self) -> np.ndarray:
        """Return (bars + 1,) int64: segments of bar b are those from entry b up to entry b + 1."""
        return np.searchsorted(self.segment_bar, np.arange(len(self.bar_piece) + 1))


@dataclass(frozen=True)
class BarPlanes:
    """A batch of bars as planes, `lines` = lead, comp, pad, bass.

    `onset`, `sounding` (batch, lines, 48, 72) and `velocity` (batch, lines, 48) in 0..1; `drum_onset`, `drum_velocity`
    (batch, 48, 12); `chords` (batch, 4) int64; `patches` (batch,) int64, the quarter notes the bar has.
    """

    onset: torch.Tensor
    sounding: torch.Tensor
    velocity: torch.Tensor
    drum_onset: torch.Tensor
    drum_velocity: torch.Tensor
    chords: torch.Tensor
    patches: torch.Tensor

    def to(self, device: str) -> "BarPlanes":
        """Return the same planes on a device."""
        return BarPlanes(*(getattr(self, field.name).to(device) for field in fields(self)))


def bar_planes(dataset: BarDataset, segment_range: np.ndarray, bars: np.ndarray) -> BarPlanes:
    """Return the planes of the bars with these indices (batch,)."""
    counts = segment_range[bars + 1] - segment_range[bars]
    place = np.repeat(np.arange(len(bars)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = np.repeat(segment_range[bars], counts) + within
    row, step = dataset.segment_row[chosen].astype(np.int64), dataset.segment_step[chosen].astype(np.int64)
    steps, pitch = (
        dataset.segment_steps[chosen].astype(np.int64),
        dataset.segment_pitch[chosen].astype(np.int64),
    )
    velocity = dataset.segment_velocity[chosen].astype(np.float32) / 127.0
    is_onset = dataset.segment_is_onset[chosen]
    batch, lines = len(bars), len(ROWS) - 1

    onset = np.zeros((batch, lines, MAX_BAR_STEPS, PITCHES), np.float32)
    change = np.zeros((batch, lines, MAX_BAR_STEPS + 1, PITCHES), np.float32)
    loudness = np.zeros((batch, lines, MAX_BAR_STEPS), np.float32)
    line = row < lines
    struck = line & is_onset
    onset[place[struck], row[struck], step[struck], pitch[struck]] = 1.0
    np.add.at(change, (place[line], row[line], step[line], pitch[line]), 1.0)
    np.add.at(change, (place[line], row[line], (step + steps)[line], pitch[line]), -1.0)
    np.maximum.at(loudness, (place[struck], row[struck], step[struck]), velocity[struck])
    sounding = np.clip(np.cumsum(change, axis=2)[:, :, :MAX_BAR_STEPS], 0.0, 1.0)

    drum_onset = np.zeros((batch, MAX_BAR_STEPS, DRUM_CLASSES), np.float32)
    drum_velocity = np.zeros_like(drum_onset)
    drums = row == _DRUMS
    drum_onset[place[drums], step[drums], pitch[drums]] = 1.0
    np.maximum.at(drum_velocity, (place[drums], step[drums], pitch[drums]), velocity[drums])
    patches = np.array([metre.patches for metre in METRES])[dataset.piece_metre[dataset.bar_piece[bars]]]
    return BarPlanes(
        onset=torch.from_numpy(onset),
        sounding=torch.from_numpy(sounding),
        velocity=torch.from_numpy(loudness),
        drum_onset=torch.from_numpy(drum_onset),
        drum_velocity=torch.from_numpy(drum_velocity),
        chords=torch.from_numpy(dataset.bar_chords[bars].astype(np.int64)),
        patches=torch.from_numpy(patches.astype(np.int64)),
    )


def build_dataset(pieces: Iterable[Piece], *, max_bars: int = 400) -> BarDataset:
    """Turn corpus pieces (any iterable of `Piece`) into dataset tensors; a piece is cut after `max_bars` bars."""
    parts: list[dict[str, np.ndarray]] = []
    bars_so_far = 0
    for piece in pieces:
        part = _piece_columns(piece, bars_so_far, max_bars)
        if part is not None:
            parts.append(part)
            bars_so_far += len(part["bar_piece"])
            part["bar_piece"][:] = len(parts) - 1
    return BarDataset(
        **{field.name: np.concatenate([part[field.name] for part in parts]) for field in fields(BarDataset)}
    )


def estimate_key(chroma: np.ndarray) -> tuple[int, str]:
    """Return (tonic, mode) whose Krumhansl-Kessler profile correlates best with a chroma vector (12,)."""
    candidates = [
        (float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]), tonic, mode)
        for mode, profile in (("major", _MAJOR_PROFILE), ("minor", _MINOR_PROFILE))
        for tonic in range(12)
    ]
    _, tonic, mode = max(candidates)
    return tonic, mode


def credit(piece: Piece) -> str:
    """Return whom a piece is to be credited to: title, composer, source and licence."""
    by = f" by {piece.composer}" if piece.composer else ""
    return f"{piece.title}{by} ({piece.source}, {piece.licence})"


def _piece_columns(piece: Piece, first_bar: int, max_bars: int) -> dict[str, np.ndarray] | None:
    metre = METRES[piece.metre]
    notes = piece.notes
    bars = min(int(notes.onset_steps.max()) // metre.bar_steps + 1, max_bars)
    notes = notes.take(notes.onset_steps < bars * metre.bar_steps)
    if len(notes) < 8 or bars < 2:
        return None
    beats = bars * metre.patches
    pitched = notes.take(~notes.is_drum)
    if len(pitched):
        chords = find_chords(
            pitched.onset_steps, pitched.duration_steps, pitched.pitch.astype(np.int64), beats, metre.patches
        )
        chroma, _ = beat_chroma(
            pitched.onset_steps, pitched.duration_steps, pitched.pitch.astype(np.int64), beats
        )
        tonic, mode = (
            (piece.tonic, piece.mode) if piece.tonic is not None else estimate_key(chroma.sum(0) + 1e-6)
        )
    else:
        chords, tonic, mode = np.full(beats, NO_CHORD, np.int16), 0, "major"
    assert tonic is not None  # noqa: S101  # a stated key or an estimate, one of the two branches above
    assert mode is not None  # noqa: S101  # as above
    transposition = transposition_to_frame(tonic, mode)
    chords = np.where(chords == NO_CHORD, chords, chords // 12 * 12 + (chords % 12 + transposition) % 12)
    arrangement = arrange(notes)
    kept = arrangement.rows >= 0
    if not kept.any():
        return None
    segments = _segments(notes.take(kept), arrangement.rows[kept], transposition, metre.bar_steps, bars)
    bar_chords = np.full((bars, PATCHES_PER_BAR), NO_CHORD, np.int16)
    bar_chords[:, : metre.patches] = chords.reshape(bars, metre.patches)
    programs = np.full(len(ROWS), -1, np.int16)
    for row, program in arrangement.programs.items():
        programs[row] = program
    one = {
        "piece_id": np.int32(piece.piece_id),
        "piece_source": piece.source,
        "piece_style": piece.style,
        "piece_split": np.int8(SPLITS.index(piece.split)),
        "piece_work": piece.work_id,
        "piece_credit": credit(piece),
        "piece_metre": np.int8(piece.metre),
        "piece_tempo_bpm": np.float32(np.nan if piece.tempo_bpm is None else piece.tempo_bpm),
        "piece_is_minor": np.bool_(mode == "minor"),
        "piece_transposition": np.int8(transposition),
        "piece_programs": programs,
        "piece_has_dynamics": np.bool_(piece.has_dynamics),
        "piece_bar_lines_known": np.bool_(piece.bar_lines_known),
        "piece_first_bar": np.int32(first_bar),
        "piece_bars": np.int32(bars),
    }
    segments["segment_bar"] = (segments["segment_bar"] + first_bar).astype(np.int32)
    columns: dict[str, np.ndarray] = {name: np.asarray(value)[None] for name, value in one.items()}
    return {**segments, "bar_chords": bar_chords, "bar_piece": np.zeros(bars, np.int32), **columns}


def _segments(
    notes: SourceNotes, rows: np.ndarray, transposition: int, bar_steps: int, bars: int
) -> dict[str, np.ndarray]:
    onset, duration = notes.onset_steps.astype(np.int64), notes.duration_steps.astype(np.int64)
    drums = rows == _DRUMS
    pitch = notes.pitch.astype(np.int64) + transposition
    below = np.maximum(LOWEST_PITCH - pitch, 0)
    above = np.maximum(pitch - (LOWEST_PITCH + PITCHES - 1), 0)
    pitch = pitch + (below + 11) // 12 * 12 - (above + 11) // 12 * 12 - LOWEST_PITCH
    pitch = np.where(drums, drum_class(notes.pitch), pitch)
    duration = np.where(drums, np.minimum(duration, STEPS_PER_BEAT), np.minimum(duration, 4 * bar_steps))
    parts: list[tuple[np.ndarray, ...]] = []
    for crossing in range(5):
        bar = onset // bar_steps + crossing
        start = np.maximum(onset, bar * bar_steps)
        end = np.minimum(onset + duration, (bar + 1) * bar_steps)
        inside = (end > start) & (bar < bars) & ~(drums & (crossing > 0))
        if not inside.any():
            break
        parts.append((
            bar[inside], rows[inside], (start - bar * bar_steps)[inside], (end - start)[inside], pitch[inside],
            notes.velocity[inside], np.full(int(inside.sum()), crossing == 0),
        ))  # fmt: skip
    bar, row, step, steps, pitch, velocity, is_onset = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.argsort(bar, kind="stable")
    return {
        "segment_bar": bar[order],
        "segment_row": row[order].astype(np.int8),
        "segment_step": step[order].astype(np.int8),
        "segment_steps": steps[order].astype(np.int8),
        "segment_pitch": pitch[order].astype(np.int8),
        "segment_velocity": velocity[order].astype(np.uint8),
        "segment_is_onset": is_onset[order],
    }
