"""Ratings that people gave to tracks shown to them at random: the layout of CM100k.

P. Cañamares and P. Castells, "Should I follow the crowd? A probabilistic analysis of the effectiveness of popularity in
recommender systems" (SIGIR 2018): tab-separated listener, track, rating 1-4, and whether the track was known before.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidRequest, NotFound

FILE_NAME = "data.txt"

LEAST_LIKED = 3
"""A rating from which on the authors count a track as liked."""


@dataclass(frozen=True, eq=False)
class RatedTracks:
    """What one listener thinks of the tracks they rated: tracks intp (n,), numbers from 0; liked float64 (n,), 1 or 0."""

    tracks: NDArray[np.intp]
    liked: NDArray[np.float64]


@dataclass(frozen=True)
class Ratings:
    """All listeners, always in the same order, and how many tracks there are."""

    listeners: tuple[RatedTracks, ...]
    tracks: int


def read_ratings(folder: Path) -> Ratings:
    """Reads ``data.txt`` of the folder, listeners in the order of their numbers.

    Raises NotFound (``ratings_missing``) and InvalidRequest (``bad_ratings``).
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise NotFound(f"There is no {FILE_NAME} of ratings in {folder}.", code="ratings_missing")
    listeners, tracks, ratings = _columns(path)
    _, track = np.unique(tracks, return_inverse=True)
    liked = (ratings >= LEAST_LIKED).astype(np.float64)
    order = np.argsort(listeners, kind="stable")
    first = np.flatnonzero(np.diff(listeners[order], prepend=listeners[order[0]] - 1))
    return Ratings(
        tuple(RatedTracks(track[rows], liked[rows]) for rows in np.split(order, first[1:])),
        int(track.max()) + 1,
    )


def _columns(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    numbers: list[list[int]] = []
    for place, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        cells = line.split("\t")
        try:
            listener, track, rating = (int(cell) for cell in cells[:3])
        except ValueError:
            raise InvalidRequest(
                f"Line {place} of {path.name} is no listener, track and rating with tabs between.",
                code="bad_ratings",
            ) from None
        numbers.append([listener, track, rating])
    if not numbers:
        raise InvalidRequest(f"{path.name} holds no ratings.", code="bad_ratings")
    table = np.array(numbers, dtype=np.int64)
    if len(np.unique(table[:, :2], axis=0)) < len(table):
        raise InvalidRequest(f"{path.name} rates a track twice for one listener.", code="bad_ratings")
    return table[:, 0], table[:, 1], table[:, 2]
