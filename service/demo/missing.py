"""What the demo has not made yet, read from rows and files."""

from collections.abc import Sequence

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from service.demo.folder import music_folder, scores_folder
from service.demo.scores import SCORES
from service.jobs.score_excerpts import ScoreExcerpt
from service.settings import Settings
from service.store.tables import (
    Composition,
    HistoryImport,
    Job,
    ReviewDecision,
    TasteCluster,
    Track,
    TrackEmbedding,
    User,
)


def unrendered_scores(settings: Settings) -> list[ScoreExcerpt]:
    """The scores without a file."""
    folder = scores_folder(settings)
    return [score for score in SCORES if not (folder / score.file_name).exists()]


def has_unscanned_files(db_session: Session, settings: Settings) -> bool:
    """Whether the music folder holds a file that is no track."""
    scanned = {track.path.rpartition(b"/")[2].decode() for track in _catalogue(db_session)}
    return any(
        path.name not in scanned
        for path in music_folder(settings).rglob("*")
        if path.suffix in (".opus", ".flac")
    )


def has_history(db_session: Session, user: User) -> bool:
    """Whether something was read in for the listener."""
    return bool(db_session.scalar(select(exists().where(HistoryImport.user_id == user.id))))


def unheard_tracks(db_session: Session, origin: str) -> list[str]:
    """Ids of the tracks of this origin without an embedding."""
    is_heard = exists().where(TrackEmbedding.track_id == Track.id)
    return list(
        db_session.scalars(select(Track.id).where(Track.origin == origin, ~is_heard).order_by(Track.id))
    )


def is_taste_behind(db_session: Session, user: User) -> bool:
    """Whether tracks of the catalogue were listened to since the listener's taste was last worked out."""
    newest = db_session.scalar(
        select(func.max(TrackEmbedding.created_at))
        .join(Track, Track.id == TrackEmbedding.track_id)
        .where(Track.origin == "catalogue")
    )
    worked_out = db_session.scalar(
        select(func.max(Job.started_at)).where(
            Job.kind == "update_taste", Job.user_id == user.id, Job.state == "done"
        )
    )
    return worked_out is None or (newest is not None and newest > worked_out)


def clusters_without_piece(db_session: Session, user: User) -> list[TasteCluster]:
    """The listener's tastes that nothing was composed for, the largest first."""
    composed = select(Composition.cluster_id).where(Composition.cluster_id.is_not(None))
    return list(
        db_session.scalars(
            select(TasteCluster)
            .where(TasteCluster.user_id == user.id, TasteCluster.id.not_in(composed))
            .order_by(TasteCluster.position)
        )
    )


def was_anything_reviewed(db_session: Session) -> bool:
    """Whether any piece waits for its review, or was decided on."""
    waiting = exists().where(Composition.state == "held")
    return bool(db_session.scalar(select(or_(waiting, exists().where(ReviewDecision.id.is_not(None))))))


def _catalogue(db_session: Session) -> Sequence[Track]:
    return db_session.scalars(select(Track).where(Track.origin == "catalogue")).all()
