"""Stations: more like one track, calmer, brighter or faster if wished, and never the same twice."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.candidates import TrackTable
from recommender.reranking import Rerankable, RerankingConfig, rerank
from recommender.steering import Feel, Wish, steer
from service.errors import InvalidRequest, NotFound
from service.library.visibility import find_track
from service.listening.emotions import emotions_for
from service.radio.neighbours import find_neighbours
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Station, Track, TrackEmbedding

MOST_AT_ONCE = 50
# Wishes choose among so many neighbours: more would reach a wish better and be less like the track.
_NEIGHBOURS = 200
_ORDER = RerankingConfig(
    calibration=0.0, diversity=0.15, per_artist=1, artist_window=4, familiar_share=0.0, composed_cap=0.5
)


@dataclass(frozen=True)
class StationWish:
    """How the music should differ from the track, each -1 to 1: -1 calmer is livelier."""

    calmer: float = 0.0
    brighter: float = 0.0
    faster: float = 0.0

    def __post_init__(self) -> None:
        """Raises InvalidRequest (``wish_out_of_range``)."""
        if not all(-1.0 <= value <= 1.0 for value in asdict(self).values()):
            raise InvalidRequest("A wish lies between -1 and 1.", code="wish_out_of_range")


def start_station(db_session: Session, user_id: str, track_id: str, wish: StationWish) -> Station:
    """A new station; raises NotFound (``unknown_track``)."""
    find_track(db_session, user_id, track_id)
    station = Station(user_id=user_id, track_id=track_id, wish=asdict(wish), served=[])
    db_session.add(station)
    db_session.flush()
    return station


def next_tracks(
    database: Database, settings: Settings, user_id: str, station_id: str, count: int
) -> list[Track]:
    """Up to ``count`` tracks that this station has not given yet, fewer where no more are left.

    Raises InvalidRequest (``count_out_of_range``), NotFound (``unknown_station``, ``unknown_track``), NotPrepared
    (``index_missing``) and Conflict (``not_listened_to_yet``).
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidRequest(f"1 to {MOST_AT_ONCE} tracks can be asked for.", code="count_out_of_range")
    with database.session(read_only=True) as db_session:
        station = _find(db_session, user_id, station_id)
        # Another request may take some of them meanwhile.
        planned = _plan(db_session, settings, station, 2 * count)
    with database.session() as db_session:
        station = _find(db_session, user_id, station_id, for_update=True)
        given = [track_id for track_id in planned if track_id not in station.served][:count]
        station.served = [*station.served, *given]
        rows = {track.id: track for track in db_session.scalars(select(Track).where(Track.id.in_(given)))}
        return [rows[track_id] for track_id in given if track_id in rows]


def _find(db_session: Session, user_id: str, station_id: str, *, for_update: bool = False) -> Station:
    wanted = select(Station).where(Station.id == station_id, Station.user_id == user_id)
    station = db_session.scalar(wanted.with_for_update() if for_update else wanted)
    if station is None:
        raise NotFound("There is no such station.", code="unknown_station")
    return station


def _plan(db_session: Session, settings: Settings, station: Station, count: int) -> list[str]:
    found = find_neighbours(
        db_session, settings, station.user_id, station.track_id, _NEIGHBOURS, without=set(station.served)
    )
    table = found.tracks.at(np.arange(min(_NEIGHBOURS, len(found.tracks.track_ids))))
    if not table.track_ids:
        return []
    feel = _feel(db_session, station.user_id, found.encoder_id, [station.track_id, *table.track_ids])
    similarity = found.similarity[: len(table.track_ids)]
    score = steer(similarity, _at(feel, slice(1, None)), _at(feel, slice(0, 1)), Wish(**station.wish))
    return [table.track_ids[row] for row in rerank(_rerankable(table, score), np.ones(1), count, _ORDER)]


def _feel(db_session: Session, user_id: str, encoder_id: str, track_ids: list[str]) -> Feel:
    """How the tracks feel to this listener, who may have corrected what was estimated."""
    rows = db_session.execute(
        select(
            TrackEmbedding.track_id, TrackEmbedding.valence, TrackEmbedding.arousal, TrackEmbedding.tempo_bpm
        ).where(TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.track_id.in_(track_ids))
    )
    by_id = {row.track_id: row[1:] for row in rows}
    heard = np.array([by_id[track_id] for track_id in track_ids], dtype=np.float64)
    valence, arousal = emotions_for(db_session, user_id, encoder_id, track_ids, heard[:, :2]).T
    return Feel(valence, arousal, np.maximum(heard[:, 2], 1.0))


def _at(feel: Feel, rows: slice) -> Feel:
    return Feel(feel.valence[rows], feel.arousal[rows], feel.tempo_bpm[rows])


def _rerankable(table: TrackTable, score: NDArray[np.float64]) -> Rerankable:
    total = len(score)
    nothing = np.zeros(total, dtype=np.bool_)
    return Rerankable(
        table.vectors, score, np.zeros(total, dtype=np.intp), table.artists, table.composed, nothing, nothing
    )
