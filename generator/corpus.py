"""Reading a training corpus: two parquet tables, or a folder of MIDI files."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pretty_midi
import pyarrow.parquet as pq

from generator.bars import metre_index
from generator.notes import STEPS_PER_BEAT
from generator.rows import SourceNotes

PIECES_FILE, NOTES_FILE = "clean_pieces.parquet", "clean_notes.parquet"
_TICKS_PER_STEP = 24 // STEPS_PER_BEAT
_PIECE_COLUMNS = [
    "id", "title", "composer", "source", "licence", "grade", "style", "bpm", "bpm_is_default", "velocity_is_flat",
    "key", "split", "work_id", "metre_group", "downbeat_shift_t24",
]  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A corpus piece, shifted so that bar lines lie on multiples of the bar; tonic is a pitch class or None."""

    piece_id: int
    title: str
    composer: str
    source: str
    licence: str
    style: str
    split: str
    work_id: str
    metre: int
    tempo_bpm: float | None
    tonic: int | None
    mode: str | None
    has_dynamics: bool
    bar_lines_known: bool
    notes: SourceNotes


def corpus_hash(corpus: Path) -> str:
    """Return one SHA-256 over the names and contents of the corpus files, for model cards."""
    digest = hashlib.sha256()
    for path in _corpus_files(corpus):
        digest.update(path.relative_to(corpus).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def read_corpus(corpus: Path, *, grade: str | None = None, licence: str | None = None) -> Iterator[Piece]:
    """Yield the pieces of a corpus whose metre is on the grid, in the order of their ids.

    `grade` keeps one grade ("A"), `licence` keeps licences that contain the text. Raises ValueError where the folder
    holds neither the two tables nor MIDI files.
    """
    if (corpus / PIECES_FILE).is_file() and (corpus / NOTES_FILE).is_file():
        yield from _read_tables(corpus, grade, licence)
    elif _corpus_files(corpus):
        yield from _read_midi_folder(corpus)
    else:
        raise ValueError(f"{corpus} holds neither {PIECES_FILE} and {NOTES_FILE} nor MIDI files")


def _corpus_files(corpus: Path) -> list[Path]:
    tables = [corpus / PIECES_FILE, corpus / NOTES_FILE]
    if all(table.is_file() for table in tables):
        return tables
    return sorted(path for path in corpus.rglob("*") if path.suffix.lower() in (".mid", ".midi"))


def _read_tables(corpus: Path, grade: str | None, licence: str | None) -> Iterator[Piece]:
    pieces = {
        row["id"]: row for row in pq.read_table(corpus / PIECES_FILE, columns=_PIECE_COLUMNS).to_pylist()
    }
    for piece_id, table in _notes_by_piece(corpus / NOTES_FILE):
        row = pieces[piece_id]
        metre = metre_index(row["metre_group"])
        if metre is None or (grade and row["grade"] != grade) or (licence and licence not in row["licence"]):
            continue
        tonic, mode = _parse_key(row["key"])
        shift = row["downbeat_shift_t24"]
        yield Piece(
            piece_id=piece_id,
            title=row["title"] or "",
            composer=row["composer"] or "",
            source=row["source"],
            licence=row["licence"],
            style=row["style"],
            split=row["split"],
            work_id=row["work_id"],
            metre=metre,
            tempo_bpm=None if row["bpm_is_default"] else float(row["bpm"]),
            tonic=tonic,
            mode=mode,
            has_dynamics=not row["velocity_is_flat"],
            bar_lines_known=shift is not None,
            notes=_on_grid(table, int(shift or 0), metre),
        )


def _notes_by_piece(path: Path) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yield (piece id, columns) one piece at a time; the table is sorted by piece and read a row group at a time."""
    file = pq.ParquetFile(path)
    carried: dict[str, np.ndarray] | None = None
    for group in range(file.num_row_groups):
        columns = {
            name: column.to_numpy()
            for name, column in zip(file.schema.names, file.read_row_group(group).columns, strict=True)
        }
        if carried is not None:
            columns = {name: np.concatenate([carried[name], column]) for name, column in columns.items()}
        starts = np.flatnonzero(np.r_[True, columns["piece"][1:] != columns["piece"][:-1]])
        for start, end in pairwise(starts):
            yield int(columns["piece"][start]), {name: column[start:end] for name, column in columns.items()}
        carried = {name: column[starts[-1] :] for name, column in columns.items()}
    if carried is not None:
        yield int(carried["piece"][0]), carried


def _on_grid(columns: dict[str, np.ndarray], shift_ticks: int, metre: int) -> SourceNotes:
    bar_ticks = 96 if metre == 0 else 72
    onset = columns["onset_t24"].astype(np.int64) + ((bar_ticks - shift_ticks) if shift_ticks else 0)
    onset_steps = (onset + 1) // _TICKS_PER_STEP
    duration_steps = np.maximum(np.round(columns["duration_t24"] / _TICKS_PER_STEP), 1)
    order = np.lexsort((columns["pitch"], onset_steps))
    return SourceNotes(
        track=columns["track"].astype(np.int16),
        program=columns["program"].astype(np.int16),
        is_drum=columns["is_drum"].astype(bool),
        onset_steps=onset_steps.astype(np.int32),
        duration_steps=duration_steps.astype(np.int32),
        pitch=columns["pitch"].astype(np.int16),
        velocity=columns["velocity"].astype(np.int16),
    ).take(order)


_TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def _parse_key(text: str | None) -> tuple[int | None, str | None]:
    """Read 'F# minor' or 'Bb major'; anything else is an unknown key."""
    parts = (text or "").split()
    if len(parts) != 2 or parts[1] not in ("major", "minor") or parts[0][:1] not in _TONICS:
        return None, None
    accidentals = parts[0][1:].count("#") - parts[0][1:].count("b")
    return (_TONICS[parts[0][0]] + accidentals) % 12, parts[1]


def _read_midi_folder(corpus: Path) -> Iterator[Piece]:
    for number, path in enumerate(_corpus_files(corpus)):
        midi = pretty_midi.PrettyMIDI(str(path))
        signature = midi.time_signature_changes[0] if midi.time_signature_changes else None
        group = f"{signature.numerator}/{signature.denominator}" if signature else "4/4"
        metre = metre_index(group)
        notes = _midi_notes(midi)
        if metre is None or notes is None:
            continue
        work = hashlib.sha256(path.stem.encode()).hexdigest()
        tempo = float(midi.get_tempo_changes()[1][0]) if len(midi.get_tempo_changes()[1]) else None
        yield Piece(
            piece_id=number,
            title=path.stem,
            composer="",
            source=path.parent.name or "midi",
            licence="",
            style=path.parent.name or "midi",
            split=(
                "test" if int(work[:4], 16) % 20 == 0 else "valid" if int(work[:4], 16) % 20 == 1 else "train"
            ),
            work_id=work[:14],
            metre=metre,
            tempo_bpm=tempo,
            tonic=None,
            mode=None,
            has_dynamics=float(notes.velocity.std()) > 2.5,
            bar_lines_known=signature is not None,
            notes=notes,
        )


def _midi_notes(midi: pretty_midi.PrettyMIDI) -> SourceNotes | None:
    columns: list[tuple[int, int, bool, int, int, int, int]] = []
    steps_per_tick = STEPS_PER_BEAT / midi.resolution
    for track, instrument in enumerate(midi.instruments):
        program = 128 if instrument.is_drum else instrument.program
        for note in instrument.notes:
            start, end = (round(midi.time_to_tick(time) * steps_per_tick) for time in (note.start, note.end))
            columns.append(
                (track, program, instrument.is_drum, start, max(end - start, 1), note.pitch, note.velocity)
            )
    if not columns:
        return None
    columns.sort(key=lambda note: (note[3], note[5]))
    track_, program_, is_drum, onset, duration, pitch, velocity = (
        np.array(column) for column in zip(*columns, strict=True)
    )
    return SourceNotes(
        track_.astype(np.int16), program_.astype(np.int16), is_drum.astype(bool), onset.astype(np.int32),
        duration.astype(np.int32), pitch.astype(np.int16), velocity.astype(np.int16),
    )  # fmt: skip
