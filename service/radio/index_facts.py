"""What the rows say of the tracks in an index, remembered while that index is in force."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.index import TrackIndex
from service.library.published_index import PublishedIndex
from service.listening.names import comparable_artist
from service.store.tables import Track

_IDS_IN_A_QUERY = 500
_NEW_TRACKS = 50
# A place in the list of artists that was not filled yet; no comparable name has a newline.
_NOT_LOOKED_UP = "\n"


class IndexFacts:
    """Of one index: which tracks were composed, bool (tracks,), the catalogue's newest, and artists as they are met.

    Whether a track was composed never changes. An artist may be corrected, which the next index brings.
    """

    def __init__(self, fingerprint: str, track_ids: tuple[str, ...], composed: NDArray[np.bool_]) -> None:
        self.fingerprint = fingerprint
        self.composed = composed
        self.newest = tuple(track_ids[position] for position in np.flatnonzero(~composed)[-_NEW_TRACKS:])
        self._track_ids = track_ids
        self._artists: list[str | None] = [_NOT_LOOKED_UP] * len(track_ids)
        self._names: dict[str | None, str | None] = {None: None}

    def artists_at(self, db_session: Session, positions: NDArray[np.int64]) -> list[str | None]:
        """One comparable name for each of these positions; None where the artist is not known."""
        unknown = {
            self._track_ids[position]: int(position)
            for position in positions
            if self._artists[position] is _NOT_LOOKED_UP
        }
        if unknown:
            for some in batches(list(unknown)):
                for row in db_session.execute(select(Track.id, Track.artist).where(Track.id.in_(some))):
                    self._artists[unknown.pop(row.id)] = self._comparable(row.artist)
            for position in unknown.values():  # deleted since the index was made
                self._artists[position] = None
        return [self._artists[position] for position in positions]

    def _comparable(self, name: str | None) -> str | None:
        if name not in self._names:
            self._names[name] = comparable_artist(name) or None
        return self._names[name]


_MOST_KEPT = 4
"""Of the index of each encoder those in force, and no more where they change often."""

_reading = threading.Lock()
_facts: dict[str, IndexFacts] = {}


def facts_of(db_session: Session, published: PublishedIndex, index: TrackIndex) -> IndexFacts:
    """The facts of this index, read when the process first asks for them."""
    known = _facts.get(published.encoder_id)
    if known is None or known.fingerprint != published.fingerprint:
        with _reading:
            known = _facts.get(published.encoder_id)
            if known is None or known.fingerprint != published.fingerprint:
                known = _read_facts(db_session, published, index)
                _facts.pop(published.encoder_id, None)
                while len(_facts) >= _MOST_KEPT:
                    del _facts[next(iter(_facts))]
                _facts[published.encoder_id] = known
    return known


def _read_facts(db_session: Session, published: PublishedIndex, index: TrackIndex) -> IndexFacts:
    ids = db_session.scalars(select(Track.id).where(Track.origin == "composed")).all()
    positions = index.positions_of(ids)
    composed = np.zeros(len(index.track_ids), dtype=np.bool_)
    composed[positions[positions >= 0]] = True
    return IndexFacts(published.fingerprint, index.track_ids, composed)


def batches(ids: Sequence[str]) -> list[Sequence[str]]:
    """The ids, as many at a time as one query takes."""
    return [ids[start : start + _IDS_IN_A_QUERY] for start in range(0, len(ids), _IDS_IN_A_QUERY)]
