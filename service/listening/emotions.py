"""How tracks feel to a listener: what they said themselves, or else what was estimated, as their house hears it.

Everything here follows from rows: a correction that is taken back leaves the calibration, and the emotions of the
listener's tastes, exactly as they were before it.
"""

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, delete, or_, select, text
from sqlalchemy.orm import Session

from recommender.emotion_calibration import Calibration, fit_calibration, mean_and_spread
from service.errors import InvalidRequest
from service.library.visibility import find_track
from service.listening.list_revisions import all_lists_changed, list_changed
from service.operations.model_versions import in_use
from service.store.tables import (
    EmotionCalibration,
    EmotionCorrection,
    TasteCluster,
    TasteClusterTrack,
    TrackEmbedding,
)

Own = tuple[float | None, float | None]
"""What a listener says valence and arousal are; None = as estimated."""

_IDS_IN_A_QUERY = 500
_NOTHING_SAID: Own = (None, None)
_NUMBERS = ("valence_slope", "valence_offset", "arousal_slope", "arousal_offset", "corrections")


def checked_emotion(value: float | None) -> float | None:
    """The value itself; raises InvalidRequest (``emotion_out_of_range``)."""
    if value is not None and not (math.isfinite(value) and -1.0 <= value <= 1.0):
        raise InvalidRequest("Valence and arousal lie between -1 and 1.", code="emotion_out_of_range")
    return value


def correct_emotion(
    db_session: Session, user_id: str, track_id: str, *, valence: float | None, arousal: float | None
) -> bool:
    """What the listener says of this track from now on; None takes it back. Returns whether anything changed.

    It counts for the listener at once, their tastes included, and moves how the house hears. Raises InvalidRequest
    (``emotion_out_of_range``) and NotFound (``unknown_track``).
    """
    said = checked_emotion(valence), checked_emotion(arousal)
    find_track(db_session, user_id, track_id)
    hold_calibration(db_session)
    if (own_emotion(db_session, user_id, track_id) or _NOTHING_SAID) == said:
        return False
    if said == _NOTHING_SAID:
        db_session.execute(
            delete(EmotionCorrection).where(
                EmotionCorrection.user_id == user_id, EmotionCorrection.track_id == track_id
            )
        )
    else:
        db_session.merge(
            EmotionCorrection(user_id=user_id, track_id=track_id, valence=valence, arousal=arousal)
        )
        db_session.flush()
    emotions_corrected(db_session, user_id)
    return True


def own_emotions(db_session: Session, user_id: str) -> dict[str, Own]:
    """Track id -> what the listener says of it, where they said anything."""
    rows = db_session.execute(
        select(EmotionCorrection.track_id, EmotionCorrection.valence, EmotionCorrection.arousal).where(
            EmotionCorrection.user_id == user_id
        )
    )
    return {row.track_id: (row.valence, row.arousal) for row in rows}


def own_emotion(db_session: Session, user_id: str, track_id: str) -> Own | None:
    """What the listener says of this track, if they said anything."""
    row = db_session.get(EmotionCorrection, (user_id, track_id))
    return None if row is None else (row.valence, row.arousal)


def emotions_for(
    db_session: Session,
    user_id: str,
    encoder_id: str,
    track_ids: Sequence[str],
    estimated: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How these tracks feel to the listener: valence and arousal, float64 (n, 2), as ``estimated`` by the encoder."""
    own = own_emotions(db_session, user_id)
    return _felt(
        calibration_of(db_session, encoder_id),
        estimated,
        [own.get(track_id, _NOTHING_SAID) for track_id in track_ids],
    )


def calibration_of(db_session: Session, encoder_id: str) -> Calibration:
    """How this house hears what the encoder estimates."""
    row = db_session.execute(
        select(*(getattr(EmotionCalibration, name) for name in _NUMBERS)).where(
            EmotionCalibration.encoder_id == encoder_id
        )
    ).one_or_none()
    return Calibration() if row is None else Calibration(**row._asdict())


def hold_calibration(db_session: Session) -> None:
    """Before anything is written that the calibration rests on: nobody else refits it until this is committed."""
    if db_session.get_bind().dialect.name == "postgresql":
        # Two who correct at once would each leave out what the other said. SQLite's sessions are alone anyway.
        db_session.execute(text("LOCK TABLE emotion_calibration IN SHARE ROW EXCLUSIVE MODE"))


def emotions_corrected(db_session: Session, user_id: str) -> None:
    """What this listener says of tracks and tastes, or which tracks their tastes hold, is not what it was.

    Fits the calibration of the encoder in use to all corrections in the house, and works out how the listener's tastes
    feel. Their list is made anew, or everybody's if the calibration moved. The tastes of others follow when theirs are
    next worked out, which every listening leads to: a house may be large. Expects `hold_calibration`, and that what was
    written is flushed.
    """
    # Everybody's or one's, never both: two who lock one listener and then all could wait for each other.
    if _refit_calibration(db_session):
        all_lists_changed(db_session)
    else:
        list_changed(db_session, user_id)
    _refresh_clusters(db_session, user_id)


def corrections_erased(db_session: Session) -> None:
    """A listener's corrections are gone: every encoder's calibration is as if they had never been.

    Expects `hold_calibration`, and that what was deleted is flushed.
    """
    for encoder_id in list(db_session.scalars(select(EmotionCalibration.encoder_id))):
        _refit(db_session, encoder_id)


def _refit_calibration(db_session: Session) -> bool:
    encoder = in_use(db_session, "encoder")
    return encoder is not None and _refit(db_session, encoder.id)


def _refit(db_session: Session, encoder_id: str) -> bool:
    """Whether it moved. Corrected tracks and tastes count alike; a taste's estimate is the mean of its tracks'."""
    pairs = [*_corrected_tracks(db_session, encoder_id), *_corrected_tastes(db_session, encoder_id)]
    numbers = np.array(pairs, dtype=np.float64).reshape(-1, 4)
    fitted = fit_calibration(np.clip(numbers[:, :2], -1.0, 1.0), numbers[:, 2:])
    if fitted == calibration_of(db_session, encoder_id):
        return False
    if fitted.corrections:
        numbers_of = {name: getattr(fitted, name) for name in _NUMBERS}
        db_session.merge(EmotionCalibration(encoder_id=encoder_id, **numbers_of))
    else:
        db_session.execute(delete(EmotionCalibration).where(EmotionCalibration.encoder_id == encoder_id))
    db_session.flush()
    return True


def feel_of(
    db_session: Session, user_id: str, encoder_id: str, track_ids: Sequence[str]
) -> NDArray[np.float64]:
    """Valence and arousal of tracks as this listener feels them, float64 (n, 2); neutral where nothing was heard."""
    heard = np.zeros((len(track_ids), 2))
    place_of = {track_id: place for place, track_id in enumerate(track_ids)}
    for start in range(0, len(track_ids), _IDS_IN_A_QUERY):
        rows = db_session.execute(
            select(TrackEmbedding.track_id, TrackEmbedding.valence, TrackEmbedding.arousal).where(
                TrackEmbedding.encoder_id == encoder_id,
                TrackEmbedding.track_id.in_(track_ids[start : start + _IDS_IN_A_QUERY]),
            )
        )
        for row in rows:
            heard[place_of[row.track_id]] = row.valence, row.arousal
    return emotions_for(db_session, user_id, encoder_id, track_ids, heard)


def _refresh_clusters(db_session: Session, user_id: str) -> None:
    rows = db_session.execute(
        select(
            TasteCluster,
            TasteClusterTrack.weight,
            TrackEmbedding.valence,
            TrackEmbedding.arousal,
            EmotionCorrection.valence.label("own_valence"),
            EmotionCorrection.arousal.label("own_arousal"),
        )
        .join(TasteClusterTrack, TasteClusterTrack.cluster_id == TasteCluster.id)
        .join(
            TrackEmbedding,
            and_(
                TrackEmbedding.track_id == TasteClusterTrack.track_id,
                TrackEmbedding.encoder_id == TasteCluster.encoder_id,
            ),
        )
        .outerjoin(
            EmotionCorrection,
            and_(
                EmotionCorrection.track_id == TasteClusterTrack.track_id,
                EmotionCorrection.user_id == TasteCluster.user_id,
            ),
        )
        .where(TasteCluster.user_id == user_id)
        .order_by(TasteCluster.id, TasteClusterTrack.track_id)
    ).all()
    for cluster, members in ((key, list(group)) for key, group in groupby(rows, key=lambda row: row[0])):
        felt = _felt(
            calibration_of(db_session, cluster.encoder_id),
            np.array([(row.valence, row.arousal) for row in members], dtype=np.float64),
            [(row.own_valence, row.own_arousal) for row in members],
        )
        weights = np.array([row.weight for row in members], dtype=np.float64)
        cluster.valence, cluster.valence_spread = mean_and_spread(felt[:, 0], weights)
        cluster.arousal, cluster.arousal_spread = mean_and_spread(felt[:, 1], weights)
    db_session.flush()


def _felt(
    calibration: Calibration, estimated: NDArray[np.float64], own: Sequence[Own]
) -> NDArray[np.float64]:
    said = np.array(own, dtype=np.float64).reshape(-1, 2)
    calibrated = np.stack(calibration.apply(estimated[:, 0], estimated[:, 1]), axis=1)
    return np.where(np.isnan(said), calibrated, said)


Pair = tuple[float, float, float | None, float | None]
"""Estimated valence and arousal, corrected valence and arousal."""


def _corrected_tracks(db_session: Session, encoder_id: str) -> list[Pair]:
    rows = db_session.execute(
        select(
            TrackEmbedding.valence,
            TrackEmbedding.arousal,
            EmotionCorrection.valence,
            EmotionCorrection.arousal,
        )
        .join(EmotionCorrection, EmotionCorrection.track_id == TrackEmbedding.track_id)
        .where(TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.is_music)
        .order_by(EmotionCorrection.user_id, EmotionCorrection.track_id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _corrected_tastes(db_session: Session, encoder_id: str) -> list[Pair]:
    rows = db_session.execute(
        select(
            TasteCluster.id,
            TasteCluster.own_valence,
            TasteCluster.own_arousal,
            TasteClusterTrack.weight,
            TrackEmbedding.valence,
            TrackEmbedding.arousal,
        )
        .join(TasteClusterTrack, TasteClusterTrack.cluster_id == TasteCluster.id)
        .join(TrackEmbedding, TrackEmbedding.track_id == TasteClusterTrack.track_id)
        .where(
            TrackEmbedding.encoder_id == encoder_id,
            TrackEmbedding.is_music,
            or_(TasteCluster.own_valence.is_not(None), TasteCluster.own_arousal.is_not(None)),
        )
        .order_by(TasteCluster.id, TasteClusterTrack.track_id)
    )
    pairs: list[Pair] = []
    for _, members in groupby(rows, key=lambda row: row.id):
        tracks = list(members)
        weights = np.array([track.weight for track in tracks], dtype=np.float64)
        valence, _ = mean_and_spread(np.array([track.valence for track in tracks]), weights)
        arousal, _ = mean_and_spread(np.array([track.arousal for track in tracks]), weights)
        pairs.append((valence, arousal, tracks[0].own_valence, tracks[0].own_arousal))
    return pairs
