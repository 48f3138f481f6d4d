"""Who in the house played what and when, as arrays, whatever the house's size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from recommender.collaborative.plays import play_matrix
from recommender.interactions import PLAYS_TAKEN_BACK_BY_A_SKIP
from service.store.tables import Listen, Track, TrackEmbedding

_ROWS_AT_ONCE = 20_000
_IDS_IN_A_QUERY = 500


@dataclass(frozen=True, eq=False)
class HousePlays:
    """One row a play or skip of catalogue music, each listener's together and oldest first.

    listener int32 (rows,), of ``listeners``; track int32 (rows,), of track_ids, ascending; counted float32 (rows,), 1
    for a play and below 0 for a skip; sounds float32 (tracks, size), unit.
    """

    listeners: int
    track_ids: tuple[str, ...]
    listener: NDArray[np.int32]
    track: NDArray[np.int32]
    counted: NDArray[np.float32]
    sounds: NDArray[np.float32]

    def matrix(self, share: float = 1.0) -> sparse.csr_matrix:
        """The first ``share`` of each listener's rows as weights (listeners, tracks)."""
        firsts = np.searchsorted(self.listener, np.arange(self.listeners + 1))
        lengths = np.diff(firsts)[self.listener]
        early = np.arange(len(self.listener)) - firsts[self.listener] < share * lengths
        pairs, rows = np.unique(
            self.listener[early].astype(np.int64) * len(self.track_ids) + self.track[early],
            return_inverse=True,
        )
        plays = np.bincount(rows, weights=self.counted[early], minlength=len(pairs))
        tracks = max(len(self.track_ids), 1)
        return play_matrix(
            pairs // tracks, pairs % tracks, np.maximum(plays, 0.0), (self.listeners, len(self.track_ids))
        )


def load_house_plays(db_session: Session, encoder_id: str, vector_size: int) -> HousePlays:
    """All listens of music in the catalogue that the encoder has heard; composed music is its listener's own affair."""
    rows = db_session.execute(
        select(
            Listen.user_id,
            Listen.track_id,
            extract("epoch", Listen.listened_at).label("moment"),
            Listen.skipped,
        )
        .join(Track, Track.id == Listen.track_id)
        .join(TrackEmbedding, TrackEmbedding.track_id == Track.id)
        .where(Track.origin == "catalogue", TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.is_music)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    listener_of: dict[str, int] = {}
    track_of: dict[str, int] = {}
    blocks = [np.zeros((0, 4))]
    for some in rows.partitions():
        blocks.append(
            np.array(
                [
                    (
                        listener_of.setdefault(row.user_id, len(listener_of)),
                        track_of.setdefault(row.track_id, len(track_of)),
                        row.moment,
                        -PLAYS_TAKEN_BACK_BY_A_SKIP if row.skipped else 1.0,
                    )
                    for row in some
                ],
                dtype=np.float64,
            )
        )
    listener, track, moment, counted = np.concatenate(blocks).T
    # Numbered by id and not by the order rows came in, so that the same plays give the same model.
    listener, _ = _renumbered(listener, listener_of)
    track, track_ids = _renumbered(track, track_of)
    order = np.lexsort((track, moment, listener))
    return HousePlays(
        len(listener_of),
        track_ids,
        listener[order],
        track[order],
        counted[order].astype(np.float32),
        _sounds(db_session, encoder_id, vector_size, track_ids),
    )


def _renumbered(
    numbers: NDArray[np.float64], number_of: dict[str, int]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    ids = tuple(sorted(number_of))
    places = np.zeros(len(ids), dtype=np.int32)
    places[[number_of[each] for each in ids]] = np.arange(len(ids))
    return places[numbers.astype(np.int64)], ids


def _sounds(
    db_session: Session, encoder_id: str, vector_size: int, track_ids: tuple[str, ...]
) -> NDArray[np.float32]:
    sounds = np.zeros((len(track_ids), vector_size), dtype=np.float32)
    for start in range(0, len(track_ids), _IDS_IN_A_QUERY):
        some = track_ids[start : start + _IDS_IN_A_QUERY]
        row_of = {track_id: start + place for place, track_id in enumerate(some)}
        for row in db_session.execute(
            select(TrackEmbedding.track_id, TrackEmbedding.vector).where(
                TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.track_id.in_(some)
            )
        ):
            sounds[row_of[row.track_id]] = np.frombuffer(row.vector, dtype="<f4")
    return sounds
