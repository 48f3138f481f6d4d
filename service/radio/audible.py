"""What one listener may be offered: search and rows, with everybody else's composed music left out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from recommender.candidates import TrackTable
from recommender.index import TrackIndex
from service.listening.names import comparable_artist
from service.store.tables import Composition, ModelVersion, Track, TrackEmbedding, User

_IDS_IN_A_QUERY = 500
_NEW_TRACKS = 50


class AudibleTracks:
    """The tracks that may come into this listener's list.

    Catalogue tracks whose file is there and, if the listener's policy is "mix", what was composed for this listener
    and is listed.
    """

    def __init__(self, db_session: Session, user: User, index: TrackIndex, encoder_id: str) -> None:
        self._db_session, self._index, self._encoder_id = db_session, index, encoder_id
        self._vector_size: int = db_session.get_one(ModelVersion, encoder_id).config["vector_size"]
        unlisted = exists().where(Composition.track_id == Track.id, Composition.state != "listed")
        composed: ColumnElement[bool] = and_(Track.origin == "composed", Track.owner_id == user.id, ~unlisted)
        catalogue = Track.origin == "catalogue"
        offered = or_(catalogue, composed) if user.composed_policy == "mix" else catalogue
        self._offered = and_(Track.missing_since.is_(None), offered)
        self._composed = and_(self._offered, Track.origin == "composed")
        total = db_session.scalar(select(func.count()).select_from(Track)) or 0
        mine = db_session.scalar(select(func.count()).select_from(Track).where(self._offered)) or 0
        self._not_offered = total - mine

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[str]]:
        """For each vector (q, d) the ids of the k most similar tracks on offer, best first."""
        # So many more are asked for that k are left when all that is not on offer has gone.
        found, _ = self._index.search(vectors, k + self._not_offered)
        offered = self.on_offer(sorted({track_id for ids in found for track_id in ids}))
        return [[track_id for track_id in ids if track_id in offered][:k] for ids in found]

    def on_offer(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are on offer."""
        found: set[str] = set()
        for start in range(0, len(ids), _IDS_IN_A_QUERY):
            some = ids[start : start + _IDS_IN_A_QUERY]
            found.update(self._db_session.scalars(select(Track.id).where(Track.id.in_(some), self._offered)))
        return found

    def load(self, ids: Sequence[str]) -> TrackTable:
        """Vectors and artists of those of the ids that are on offer and have an embedding."""
        rows = [
            row
            for start in range(0, len(ids), _IDS_IN_A_QUERY)
            for row in self._db_session.execute(
                select(Track.id, Track.artist, Track.origin, TrackEmbedding.vector)
                .join(TrackEmbedding, TrackEmbedding.track_id == Track.id)
                .where(
                    Track.id.in_(ids[start : start + _IDS_IN_A_QUERY]),
                    TrackEmbedding.encoder_id == self._encoder_id,
                    self._offered,
                )
            )
        ]
        vectors = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4")
        return TrackTable(
            tuple(row.id for row in rows),
            vectors.reshape(len(rows), self._vector_size),
            tuple(comparable_artist(row.artist) or None for row in rows),
            np.array([row.origin == "composed" for row in rows], dtype=np.bool_),
        )

    def composed_and_new(self) -> tuple[str, ...]:
        """All that was composed for the listener, and the catalogue's newest."""
        composed = self._db_session.scalars(select(Track.id).where(self._composed).order_by(Track.id))
        newest = self._db_session.scalars(
            select(Track.id)
            .where(self._offered, Track.origin == "catalogue")
            .order_by(Track.id.desc())
            .limit(_NEW_TRACKS)
        )
        return (*composed, *newest)

    def pool(self) -> tuple[str, ...]:
        """Ids to draw at random from; those not on offer fall away when their rows are loaded."""
        return self._index.track_ids
