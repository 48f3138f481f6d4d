"""What was heard, as rows: which tracks an encoder has still to hear, what it heard, and what it could not hear."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from service.library.gain import gain_db
from service.library.hearing import Heard
from service.library.hearing_pool import UnheardTrack
from service.operations.job_queue import enqueue
from service.operations.job_requests import SOON, rebuild_index, update_taste
from service.operations.model_versions import promote
from service.store.tables import (
    EmbeddingFailure,
    Listen,
    ModelVersion,
    Thumb,
    Track,
    TrackEmbedding,
    TrackVector,
    User,
    utc_now,
)

PASSING = frozenset({"unreadable_file", "decoding_timed_out", "listening_stopped", "internal"})
"""Failures that may pass by themselves: a disk that did not answer, a process that was killed."""

TRIED_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class HeardTrack:
    """What was heard in one track; `index_offset` names what was taken out of a composition's vector."""

    track_id: str
    content_hash: str
    heard: Heard
    index_offset: str | None = None


@dataclass(frozen=True)
class TrackFailure:
    """A track whose file, as it was then, could not be listened to, and why."""

    track_id: str
    code: str
    reason: str
    modified_ns: int


def unheard_tracks(
    db_session: Session,
    encoder_id: str,
    *,
    track_ids: Sequence[str] | None = None,
    skipping: Sequence[str] = (),
    at_most: int | None = None,
    retry_failed_before: datetime | None = None,
    further: bool = False,
) -> tuple[list[UnheardTrack], int]:
    """The first tracks that this encoder has to listen to, the most played first, and how many more there are.

    A `further` encoder has rows of its own, and measures nothing else.
    """
    wanted = [
        Track.missing_since.is_(None),
        ~exists().where(_is_of(TrackVector, encoder_id))
        if further
        else or_(~_is_heard(encoder_id), Track.gain_db.is_(None)),
        ~_has_failed(encoder_id, retry_failed_before),
    ]
    if track_ids is not None:
        wanted.append(Track.id.in_(track_ids))
    if skipping:
        wanted.append(Track.id.not_in(skipping))
    plays = (
        select(Listen.track_id, func.count().label("plays"))
        .where(Listen.track_id.is_not(None))
        .group_by(Listen.track_id)
        .subquery()
    )
    # Columns and no more of them than are needed: what is held of a track is held of thousands.
    rows = db_session.execute(
        select(Track.id, Track.path, Track.content_hash, Track.duration_seconds, Track.modified_ns)
        .outerjoin(plays, plays.c.track_id == Track.id)
        .where(*wanted)
        .order_by(func.coalesce(plays.c.plays, 0).desc(), Track.id)
        .limit(at_most)
    )
    tracks = [
        UnheardTrack(row.id, os.fsdecode(row.path), row.content_hash, row.duration_seconds, row.modified_ns)
        for row in rows
    ]
    waiting = db_session.scalar(select(func.count()).select_from(Track).where(*wanted)) or 0
    return tracks, waiting - len(tracks)


def composed_tracks(db_session: Session) -> frozenset[str]:
    """The tracks that were composed."""
    return frozenset(db_session.scalars(select(Track.id).where(Track.origin == "composed")))


def present_tracks(db_session: Session) -> int:
    """How many tracks have their file."""
    return db_session.scalar(select(func.count()).where(Track.missing_since.is_(None))) or 0


def keep_heard(db_session: Session, encoder_id: str, heard: Sequence[HeardTrack]) -> None:
    """Writes what was heard down; a track that was removed or heard meanwhile is passed over."""
    ids = [each.track_id for each in heard]
    present = {track.id: track for track in db_session.scalars(select(Track).where(Track.id.in_(ids)))}
    for each in heard:
        if each.track_id in present:
            present[each.track_id].gain_db = gain_db(each.heard.measures)
    done = set(
        db_session.scalars(
            select(TrackEmbedding.track_id).where(
                TrackEmbedding.track_id.in_(ids), TrackEmbedding.encoder_id == encoder_id
            )
        )
    )
    db_session.add_all(_row(each, encoder_id) for each in heard if each.track_id in present.keys() - done)
    _forget_failures(db_session, encoder_id, ids)


def keep_vectors(db_session: Session, encoder_id: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """As `keep_heard`, where a further encoder places tracks: unit vectors float32 (d,) by track id."""
    present = set(db_session.scalars(select(Track.id).where(Track.id.in_(vectors))))
    done = set(
        db_session.scalars(
            select(TrackVector.track_id).where(
                TrackVector.track_id.in_(vectors), TrackVector.encoder_id == encoder_id
            )
        )
    )
    db_session.add_all(
        TrackVector(
            track_id=track_id, encoder_id=encoder_id, vector=vectors[track_id].astype("<f4").tobytes()
        )
        for track_id in sorted(present - done)
    )
    _forget_failures(db_session, encoder_id, list(vectors))


def keep_failures(db_session: Session, encoder_id: str, failed: Sequence[TrackFailure]) -> None:
    """Writes down what could not be heard, instead of what was written of it before."""
    ids = [each.track_id for each in failed]
    _forget_failures(db_session, encoder_id, ids)
    present = set(db_session.scalars(select(Track.id).where(Track.id.in_(ids))))
    db_session.add_all(
        EmbeddingFailure(
            track_id=each.track_id,
            encoder_id=encoder_id,
            code=each.code,
            reason=each.reason,
            modified_ns=each.modified_ns,
        )
        for each in failed
        if each.track_id in present
    )


def listeners_to(db_session: Session, track_ids: Sequence[str]) -> list[str]:
    """Whose taste these tracks have a part in, now that it is known how they sound."""
    played = select(Listen.user_id).where(Listen.track_id.in_(track_ids))
    thumbed = select(Thumb.user_id).where(Thumb.track_id.in_(track_ids))
    return sorted(db_session.scalars(played.union(thumbed)))


def is_heard_whole(db_session: Session, encoder_id: str) -> bool:
    """Whether an encoder that is not in use has heard, or failed to hear, every track whose file is there."""
    if db_session.get_one(ModelVersion, encoder_id).promoted:
        return False
    waits = exists().where(
        Track.missing_since.is_(None),
        ~_is_heard(encoder_id),
        ~exists().where(_is_of(EmbeddingFailure, encoder_id), _is_of_this_file()),
    )
    return not db_session.scalar(select(waits))


def begin_to_serve(db_session: Session, encoder_id: str) -> None:
    """Puts the encoder in use: the index is made of what it heard, then every taste."""
    promote(db_session, db_session.get_one(ModelVersion, encoder_id))
    enqueue(db_session, replace(rebuild_index(), priority=SOON))
    for user_id in db_session.scalars(select(User.id).order_by(User.id)).all():
        enqueue(db_session, update_taste(user_id))


def _row(each: HeardTrack, encoder_id: str) -> TrackEmbedding:
    heard = each.heard
    return TrackEmbedding(
        track_id=each.track_id,
        encoder_id=encoder_id,
        vector=heard.encoding.vector.astype("<f4").tobytes(),
        tags=heard.encoding.tags.astype("<f4").tobytes(),
        emotion_curve=heard.emotion_curve.astype("<f4").tobytes(),
        loudness_range_lu=heard.measures.loudness_range_lu,
        voice=heard.voice,
        is_music=heard.is_music,
        warnings=list(heard.warnings),
        index_offset=each.index_offset,
        **vars(heard.features),
        **vars(heard.emotion),
    )


def _forget_failures(db_session: Session, encoder_id: str, track_ids: Sequence[str]) -> None:
    db_session.execute(
        delete(EmbeddingFailure).where(
            EmbeddingFailure.encoder_id == encoder_id, EmbeddingFailure.track_id.in_(track_ids)
        )
    )


def _is_heard(encoder_id: str) -> ColumnElement[bool]:
    return exists().where(_is_of(TrackEmbedding, encoder_id))


def _has_failed(encoder_id: str, retry_failed_before: datetime | None) -> ColumnElement[bool]:
    """Whether it failed, and trying again would end no otherwise, or was not asked for."""
    stands = [
        _is_of(EmbeddingFailure, encoder_id),
        _is_of_this_file(),
        or_(
            EmbeddingFailure.code.not_in(PASSING),
            EmbeddingFailure.failed_at > utc_now() - TRIED_AGAIN_AFTER,
        ),
    ]
    if retry_failed_before is not None:
        stands.append(EmbeddingFailure.failed_at >= retry_failed_before)
    return exists().where(*stands)


def _is_of(
    table: type[TrackEmbedding] | type[TrackVector] | type[EmbeddingFailure], encoder_id: str
) -> ColumnElement[bool]:
    return and_(table.track_id == Track.id, table.encoder_id == encoder_id)


def _is_of_this_file() -> ColumnElement[bool]:
    return EmbeddingFailure.modified_ns == Track.modified_ns
