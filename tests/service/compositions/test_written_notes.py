from pathlib import Path

import numpy as np
import pytest

from generator.notes import Notes, NoteTrack
from generator.sound.rendering import notes_to_midi
from service.compositions.written_notes import read_written


def test_notes_are_told_in_seconds(tmp_path: Path) -> None:
    def numbers(*values: int) -> np.ndarray:
        return np.array(values, np.int32)

    lead = NoteTrack("lead", 73, numbers(0, 12), numbers(6, 24), numbers(60, 67), numbers(80, 80))
    bass = NoteTrack("bass", 33, numbers(24), numbers(24), numbers(36), numbers(80))
    path = tmp_path / "notes.mid"
    path.write_bytes(notes_to_midi(Notes((lead, bass), 120.0, 4, 2), "A piece"))
    written = read_written(path)
    assert written is not None
    assert (written.seconds, written.bar_seconds) == (4.0, 2.0)
    told = {row.name: (row.begins, row.lasts, row.pitches) for row in written.rows}
    assert told["lead"] == ([0.0, 0.5], [0.25, 1.0], [60, 67])
    assert told["bass"] == ([1.0], [1.0], [36])


@pytest.mark.parametrize("content", [b"", b"notes", b"MThd" + bytes(40)])
def test_what_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.mid"
    path.write_bytes(content)
    assert read_written(path) is None
    assert read_written(tmp_path / "gone.mid") is None
