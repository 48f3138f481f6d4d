"""Public data sets of who played what, read in the layouts they are published in, and split as others split them."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidRequest

SPLIT_SEED = 2020
LIKED_FROM = 3.0
"""Of CM100k's ratings of 1 to 4."""

Row = tuple[str, str, float]
"""Listener, track, plays."""


@dataclass(frozen=True, eq=False)
class Split:
    """Plays to learn from, rows of (listener, track, plays) by position, and each listener's held-out tracks.

    test: by listener int64 (n,), ascending, empty for one of whom nothing is held out. Tracks that were held out and
    already known are no test.
    """

    layout: str
    listeners: tuple[str, ...]
    tracks: tuple[str, ...]
    listener: NDArray[np.int64]
    track: NDArray[np.int64]
    plays: NDArray[np.float64]
    test: tuple[NDArray[np.int64], ...]

    @property
    def sha256(self) -> str:
        """Of all that is in it."""
        digest = hashlib.sha256("\n".join([*self.listeners, "", *self.tracks]).encode())
        for array in (self.listener, self.track, self.plays, *self.test):
            digest.update(array.tobytes() + b"\n")
        return digest.hexdigest()


def read_split(data: Path, layout: str | None, split_file: Path | None) -> Split:
    """The data in a folder, by its layout or the one whose files lie there.

    With a split file, lines of listener, track and "train", "valid" or "test", that decides; what it calls valid is
    neither learnt from nor asked for. Raises InvalidRequest (``wrong_table``, ``unknown_layout``).
    """
    found = layout or next((name for name, file in _FILES.items() if _one_of(data, file)), None)
    if found is None:
        raise InvalidRequest(
            f"{data} holds no data set of a known layout: {', '.join(_FILES)}.", code="unknown_layout"
        )
    path = _one_of(data, _FILES[found])
    if path is None:
        raise InvalidRequest(
            f"{data} is not in the layout {found}: {_FILES[found]} is missing.", code="unknown_layout"
        )
    if split_file is not None:
        return _named_split(found, list(_READERS[found](path)), split_file)
    if found == "lightgcn":
        return _split(found, list(_lines(path)), list(_lines(_needed(data / "test1.txt"))))
    rows = list(_READERS[found](path))
    return _leave_last_out(found, rows) if found == "s3rec" else _eight_one_one(found, rows)


def _one_of(data: Path, pattern: str) -> Path | None:
    return next(iter(sorted(data.glob(pattern))), None)


def _needed(path: Path) -> Path:
    if not path.is_file():
        raise InvalidRequest(f"{path} is missing.", code="unknown_layout")
    return path


def _lines(path: Path, separator: str | None = None, heading: int = 0) -> Iterator[Row]:
    """Lines of listener, track and plays, or without plays, which are then 1."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            cells = line.split(separator)
            if number <= heading or not cells:
                continue
            try:
                plays = float(cells[2]) if len(cells) > 2 else 1.0
                yield cells[0].strip(), cells[1].strip(), plays
            except (IndexError, ValueError) as error:
                raise _wrong(path, number) from error
            if not (np.isfinite(plays) and plays >= 0):
                raise _wrong(path, number)


def _wrong(path: Path, number: int) -> InvalidRequest:
    return InvalidRequest(f"Line {number} of {path.name} is no play.", code="wrong_table")


def _liked(path: Path) -> Iterator[Row]:
    return ((listener, track, 1.0) for listener, track, rating in _lines(path) if rating >= LIKED_FROM)


def _sequences(path: Path) -> Iterator[Row]:
    """One line a listener: the listener, then tracks in the order they were played."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            listener, *tracks = line.split() or [""]
            if not tracks:
                raise _wrong(path, number)
            yield from ((listener, track, 1.0) for track in tracks)


_FILES = {"lightgcn": "data1.txt", "hetrec": "user_artists.dat", "cm100k": "data.txt", "s3rec": "*.txt"}
_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "lightgcn": _lines,
    "hetrec": lambda path: _lines(path, "\t", heading=1),
    "cm100k": _liked,
    "s3rec": _sequences,
}
LAYOUTS = tuple(_FILES)


def _eight_one_one(layout: str, rows: list[Row]) -> Split:
    """Of each listener a tenth is asked for and a tenth is set aside, drawn in the order of the file."""
    rng = np.random.default_rng(SPLIT_SEED)
    train, test = [], []
    for own in _by_listener(rows):
        order = rng.permutation(len(own))
        tenth = len(own) // 10
        test += [own[place] for place in order[:tenth]]
        train += [own[place] for place in order[2 * tenth :]]
    return _split(layout, train, test)


def _leave_last_out(layout: str, rows: list[Row]) -> Split:
    train, test = [], []
    for own in _by_listener(rows):
        train += own[:-1] if len(own) > 1 else own
        test += own[-1:] if len(own) > 1 else []
    return _split(layout, train, test)


def _by_listener(rows: list[Row]) -> list[list[Row]]:
    own: dict[str, list[Row]] = {}
    for row in rows:
        own.setdefault(row[0], []).append(row)
    return list(own.values())


def _named_split(layout: str, rows: list[Row], split_file: Path) -> Split:
    parts: dict[tuple[str, str], str] = {}
    with split_file.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if len(cells) != 3 or cells[2] not in ("train", "valid", "test"):
                raise InvalidRequest(
                    f"Line {number} of {split_file.name} is not a listener, a track and a part, with tabs between.",
                    code="wrong_table",
                )
            parts[cells[0], cells[1]] = cells[2]
    chosen = {
        part: [row for row in rows if parts.get((row[0], row[1])) == part] for part in ("train", "test")
    }
    return _split(layout, chosen["train"], chosen["test"])


def _split(layout: str, train: list[Row], test: list[Row]) -> Split:
    if not train or not test:
        raise InvalidRequest("The data has nothing to learn from, or nothing to ask for.", code="wrong_table")
    # Also who has nothing to learn from: others count them among those of whom something is asked, and nothing is found.
    listeners = tuple(sorted({row[0] for row in (*train, *test)}))
    tracks = tuple(sorted({row[1] for row in (*train, *test)}))
    listener_at = {name: place for place, name in enumerate(listeners)}
    track_at = {name: place for place, name in enumerate(tracks)}
    known: list[set[int]] = [set() for _ in listeners]
    wanted: list[set[int]] = [set() for _ in listeners]
    for name, track, _ in train:
        known[listener_at[name]].add(track_at[track])
    for name, track, _ in test:
        wanted[listener_at[name]].add(track_at[track])
    return Split(
        layout,
        listeners,
        tracks,
        np.array([listener_at[row[0]] for row in train], dtype=np.int64),
        np.array([track_at[row[1]] for row in train], dtype=np.int64),
        np.array([row[2] for row in train], dtype=np.float64),
        tuple(np.array(sorted(own - had), dtype=np.int64) for own, had in zip(wanted, known, strict=True)),
    )
