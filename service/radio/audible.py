"""What one listener may be offered: search and rows, with everybody else's composed music left out."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from recommender.candidates import TrackTable
from recommender.index import TrackIndex
from service.library.published_index import PublishedIndex
from service.library.visibility import visible_to
from service.listening.names import comparable_artist
from service.store.tables import Track, TrackEmbedding

_IDS_IN_A_QUERY = 500
_NEW_TRACKS = 50
_ARTISTS_REMEMBERED = 20_000


class AudibleTracks:
    """The tracks that may come into this listener's list.

    Catalogue tracks whose file is there and, if the listener's policy is "mix", the composed ones they may see.
    """

    def __init__(
        self,
        db_session: Session,
        user_id: str,
        composed_policy: str,
        published: PublishedIndex,
        index: TrackIndex,
    ) -> None:
        self._db_session, self._index, self._encoder_id = db_session, index, published.encoder_id
        of_policy = visible_to(user_id) if composed_policy == "mix" else Track.origin == "catalogue"
        self._offered = and_(Track.missing_since.is_(None), of_policy)
        composed = select(Track.id).where(
            self._offered, Track.origin == "composed", Track.owner_id == user_id
        )
        self._composed = tuple(db_session.scalars(composed.order_by(Track.id)))
        own = index.positions_of(self._composed)
        self._withheld = _composed_positions(db_session, published, index).copy()
        self._withheld[own[own >= 0]] = False

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[str]]:
        """For each vector (q, d) the ids of the k most similar tracks, best first, nobody else's composed ones.

        A track whose file has gone since the index was made falls away when its row is loaded.
        """
        wanted = k + min(int(self._withheld.sum()), k)
        while True:
            positions, _ = self._index.search_positions(vectors, wanted)
            kept = [row[~self._withheld[row]][:k] for row in positions]
            if positions.shape[1] < wanted or all(len(row) >= k for row in kept):
                return [[self._index.track_ids[position] for position in row] for row in kept]
            wanted *= 4

    def load(self, ids: Sequence[str]) -> TrackTable:
        """Vectors and artists of those of the ids that are on offer and have an embedding."""
        rows = {
            row.id: row
            for some in _batches(ids)
            for row in self._db_session.execute(
                select(Track.id, Track.artist, Track.origin).where(Track.id.in_(some), self._offered)
            )
        }
        offered = list(rows)
        positions = self._index.positions_of(offered)
        indexed = positions >= 0
        # What was embedded after the index was made has its vector in a row only.
        newer = self._stored_vectors([offered[place] for place in np.flatnonzero(~indexed)])
        known = [rows[offered[place]] for place in np.flatnonzero(indexed)] + [rows[new] for new in newer]
        return TrackTable(
            tuple(row.id for row in known),
            np.vstack([self._index.vectors_at(positions[indexed]), *newer.values()]),
            tuple(_artist(row.artist) for row in known),
            np.array([row.origin == "composed" for row in known], dtype=np.bool_),
        )

    def _stored_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        return {
            row.track_id: np.frombuffer(row.vector, dtype="<f4")
            for some in _batches(ids)
            for row in self._db_session.execute(
                select(TrackEmbedding.track_id, TrackEmbedding.vector).where(
                    TrackEmbedding.track_id.in_(some), TrackEmbedding.encoder_id == self._encoder_id
                )
            )
        }

    def composed_and_new(self) -> tuple[str, ...]:
        """All that was composed for the listener, and the catalogue's newest."""
        newest = self._db_session.scalars(
            select(Track.id)
            .where(self._offered, Track.origin == "catalogue")
            .order_by(Track.id.desc())
            .limit(_NEW_TRACKS)
        )
        return (*self._composed, *newest)

    def pool(self) -> tuple[str, ...]:
        """Ids to draw at random from; those not on offer fall away when their rows are loaded."""
        return self._index.track_ids


_composed_of_index: tuple[str, NDArray[np.bool_]] | None = None


def _composed_positions(
    db_session: Session, published: PublishedIndex, index: TrackIndex
) -> NDArray[np.bool_]:
    """Where composed tracks stand in the index, bool (tracks,); worked out once for each index."""
    global _composed_of_index
    known = _composed_of_index
    if known is None or known[0] != published.fingerprint:
        ids = db_session.scalars(select(Track.id).where(Track.origin == "composed")).all()
        composed = np.zeros(len(index.track_ids), dtype=np.bool_)
        positions = index.positions_of(ids)
        composed[positions[positions >= 0]] = True
        _composed_of_index = known = published.fingerprint, composed
    return known[1]


@lru_cache(maxsize=_ARTISTS_REMEMBERED)
def _artist(name: str | None) -> str | None:
    return comparable_artist(name) or None


def _batches(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _IDS_IN_A_QUERY] for start in range(0, len(ids), _IDS_IN_A_QUERY)]
