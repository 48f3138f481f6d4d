"""What one listener may be offered: search and rows, with everybody else's composed music left out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from recommender.candidates import TrackTable
from recommender.index import TrackIndex
from service.library.published_index import PublishedIndex
from service.library.visibility import visible_to
from service.listening.mutes import muted_by
from service.radio.index_facts import batches, facts_of
from service.store.tables import Track, TrackEmbedding


class AudibleTracks:
    """The tracks that may come into this listener's list.

    Catalogue tracks whose file is there and, if the listener's policy is "mix", the composed ones they may see; nothing of
    what they muted. What the
    index holds of the catalogue is taken to be there: with ``checked`` each row is looked at, which takes longer.
    """

    def __init__(
        self,
        db_session: Session,
        user_id: str,
        composed_policy: str,
        published: PublishedIndex,
        index: TrackIndex,
    ) -> None:
        self.checked = False
        self._db_session, self._index, self._encoder_id = db_session, index, published.encoder_id
        of_policy = visible_to(user_id) if composed_policy == "mix" else Track.origin == "catalogue"
        self._offered = and_(Track.missing_since.is_(None), of_policy)
        self._composed = frozenset(
            db_session.scalars(
                select(Track.id).where(Track.owner_id == user_id, Track.origin == "composed", self._offered)
            )
        )
        self._muted = muted_by(db_session, user_id)
        self._facts = facts_of(db_session, published, index)
        self._withheld = self._facts.composed.copy()
        own = index.positions_of(tuple(self._composed))
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
        if self.checked:
            on_offer = self.on_offer(ids)
            ids = [track_id for track_id in ids if track_id in on_offer]
        if self._muted:
            muted = self.muted_among(ids)
            ids = [track_id for track_id in ids if track_id not in muted]
        positions = self._index.positions_of(ids)
        indexed = positions >= 0
        # What was embedded after the index was made has its vector in a row only.
        new_ids = [track_id for track_id, is_indexed in zip(ids, indexed, strict=True) if not is_indexed]
        newer = self._stored_vectors(new_ids) if new_ids else {}
        positions = positions[indexed]
        positions = positions[~self._withheld[positions]]
        known = [self._index.track_ids[position] for position in positions]
        return TrackTable(
            (*known, *newer),
            np.vstack([self._index.vectors_at(positions), *newer.values()]),
            (*self._facts.artists_at(self._db_session, positions), *(None for _ in newer)),
            np.array([track_id in self._composed for track_id in (*known, *newer)], dtype=np.bool_),
        )

    def muted_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids the listener has muted, by themselves or by artist, album or tag."""
        return {
            track_id
            for some in batches(ids)
            for track_id in self._muted.among(self._db_session, some, self._encoder_id)
        }

    def on_offer(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are on offer, by their rows."""
        return {
            track_id
            for some in batches(ids)
            for track_id in self._db_session.scalars(
                select(Track.id).where(Track.id.in_(some), self._offered)
            )
        }

    def _stored_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        return {
            row.track_id: np.frombuffer(row.vector, dtype="<f4")
            for some in batches(ids)
            for row in self._db_session.execute(
                select(TrackEmbedding.track_id, TrackEmbedding.vector)
                .join(Track, Track.id == TrackEmbedding.track_id)
                .where(Track.id.in_(some), TrackEmbedding.encoder_id == self._encoder_id, self._offered)
            )
        }

    def composed_and_new(self) -> tuple[str, ...]:
        """All that was composed for the listener, and the catalogue's newest in the index."""
        return (*sorted(self._composed), *self._facts.newest)

    def pool(self) -> tuple[str, ...]:
        """Ids to draw at random from; those not on offer fall away when their rows are loaded."""
        return self._index.track_ids
