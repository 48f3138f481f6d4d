"""A tiny corpus in the real layouts: the two parquet tables, or a folder of MIDI files."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from generator.corpus import NOTES_FILE, PIECES_FILE
from generator.sound.rendering import notes_to_midi
from tests.generator.pieces import small_band

TICKS_A_STEP = 2


def write_tables(folder: Path, pieces: int = 6, bars: int = 20) -> Path:
    """Write pieces of a small band, each transposed further up, all but the last two for training."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = [], []
    for number in range(pieces):
        split = "train" if number < pieces - 2 else ("valid", "test")[number - pieces]
        rows.append(_piece_row(number, split))
        for place, track in enumerate(small_band(bars).tracks):
            shift = 0 if track.is_drums else number
            columns += [
                (number, place, track.program, track.is_drums, onset * TICKS_A_STEP, duration * TICKS_A_STEP, pitch + shift, velocity)
                for onset, duration, pitch, velocity in zip(
                    track.onset_steps.tolist(), track.duration_steps.tolist(), track.pitch.tolist(), track.velocity.tolist(), strict=True
                )
            ]  # fmt: skip
    names = ("piece", "track", "program", "is_drum", "onset_t24", "duration_t24", "pitch", "velocity")
    types = (np.int32, np.uint8, np.int32, bool, np.int32, np.int32, np.int32, np.int32)
    table = {name: np.array(column, kind) for name, kind, column in zip(names, types, zip(*columns, strict=True), strict=True)}  # fmt: skip
    pq.write_table(pa.table(table), folder / NOTES_FILE)
    pq.write_table(pa.Table.from_pylist(rows), folder / PIECES_FILE)
    return folder


def _piece_row(number: int, split: str) -> dict[str, object]:
    keys = ("C major", "C# major", "D major", "Eb major", "E major", "F major")
    return {
        "id": number, "title": f"Song {number}", "composer": "Trad.", "source": "songs", "licence": "CC0-1.0",
        "grade": "A" if number % 2 == 0 else "B", "style": ("pop", "rock")[number % 2], "bpm": 120.0,
        "bpm_is_default": number == 0, "velocity_is_flat": False, "key": keys[number % 6], "split": split,
        "work_id": f"w{number}", "metre_group": "4/4", "downbeat_shift_t24": 0,
    }  # fmt: skip


def write_midi_folder(folder: Path, pieces: int = 3) -> Path:
    """Write the same band as MIDI files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(pieces):
        (folder / f"song {number}.mid").write_bytes(notes_to_midi(small_band(18), f"Song {number}"))
    return folder
