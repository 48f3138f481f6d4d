"""Which track lies at a path, as another server that reads the same folders names it."""

from collections import defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.elsewhere.pieces import piece_at
from service.library.shelves import on_shelf
from service.listening.matching import DURATION_TOLERANCE_SECONDS, Match
from service.store.tables import LibraryFolder, Track

BY_OUR_NAME = 1.0
BY_PATH_AND_LENGTH = 0.9
_PARTS_COMPARED = 2


class _Placed(NamedTuple):
    track_id: str
    duration_seconds: float


class PathMatcher:
    """Knows the catalogue's files by their names and those of the folders they lie in, and what we put there ourselves."""

    def __init__(self, db_session: Session, user_id: str) -> None:
        self._by_end: dict[tuple[str, ...], list[_Placed]] = defaultdict(list)
        rows = db_session.execute(
            select(Track.id, Track.path, Track.duration_seconds).where(on_shelf(user_id, "catalogue"))
        )
        composed = select(Track.id).where(on_shelf(user_id, "composed"))
        self._composed = set(db_session.scalars(composed))
        roots = set(db_session.scalars(select(LibraryFolder.path)))
        for track_id, path, seconds in rows:
            end = _end(path.decode("utf-8", "replace"))
            # Of what lies in no folder within the library another server tells the name alone.
            ends = [end, end[-1:]] if path.rpartition(b"/")[0] in roots else [end]
            for each in ends:
                self._by_end[each].append(_Placed(track_id, seconds))

    def match(self, path: str | None, track_seconds: float | None) -> Match | None:
        """The listener's piece that was put there, or the only file of that name, in a folder of that name, that is as long."""
        if not path:
            return None
        piece = piece_at(path)
        if piece is not None and piece in self._composed:
            return Match(piece, BY_OUR_NAME)
        if not track_seconds:
            return None
        as_long = [
            placed
            for placed in self._by_end.get(_end(path), [])
            if abs(placed.duration_seconds - track_seconds) <= DURATION_TOLERANCE_SECONDS
        ]
        return Match(as_long[0].track_id, BY_PATH_AND_LENGTH) if len(as_long) == 1 else None


def _end(path: str) -> tuple[str, ...]:
    return PurePosixPath(path.replace("\\", "/")).parts[-_PARTS_COMPARED:]
