"""What a bench of the ear leaves behind: one report, raw vectors, and a row for each track, piece and changed file."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from service.bench.ear.heard_store import HeardTrack, arrays_file
from service.bench.ear.labels import Labelling
from service.bench.ear.library import LibraryTrack
from service.store.media import write_atomically

Rows = Sequence[Mapping[str, Any]]


@dataclass
class Outcome:
    """The report as it is printed, and tables of rows by the name of their file."""

    report: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """report.json, config.json, vectors.npz, and a CSV file of each table."""
        _write_json(folder / "report.json", self.report)
        _write_json(folder / "config.json", self.report["config"])
        if self.arrays:
            write_atomically(folder / "vectors.npz", arrays_file(self.arrays))
        for name, rows in self.rows.items():
            write_atomically(folder / f"{name}.csv", _csv(rows))


def track_rows(
    tracks: Sequence[LibraryTrack],
    heard: Sequence[HeardTrack],
    labelling: Labelling,
    neighbours: Sequence[Sequence[int]],
) -> list[dict[str, Any]]:
    """A row for each track: where it lies, what it is told to be, what was heard, what lies nearest."""
    return [
        {
            "path": track.told.path,
            "content_hash": track.content_hash,
            "seconds": round(track.duration_seconds, 2),
            "style": labelling.styles[place],
            "album": labelling.albums[place],
            "source": labelling.sources[place],
            **heard[place].facts,
            "nearest": [tracks[other].told.path for other in neighbours[place]],
        }
        for place, track in enumerate(tracks)
    ]


def vector_arrays(tracks: Sequence[LibraryTrack], heard: Sequence[HeardTrack]) -> dict[str, np.ndarray]:
    """Arrays in the order of the track rows: raw (n, 400), vector (n, d), tags (n, 100), and path, content_hash (n,)."""
    return {
        "path": np.array([track.told.path for track in tracks]),
        "content_hash": np.array([track.content_hash for track in tracks]),
        **{name: np.stack([getattr(each, name) for each in heard]) for name in ("raw", "vector", "tags")},
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _csv(rows: Rows) -> bytes:
    """Lists and nested values as JSON."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
                for name, value in row.items()
            }
        )
    return file.getvalue().encode()
