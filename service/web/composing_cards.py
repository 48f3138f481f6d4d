"""A piece that is asked for as its card shows it, from the queue to the sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.http.track_json import track_json
from service.listening.thumbs import thumb_of
from service.operations.job_listing import seconds_left, shown_state
from service.operations.job_queue import find_job
from service.store.tables import Composition, Job, TasteCluster, Track
from service.web.player_facts import taste_name

KINDS = ("compose_music", "edit_composition")
_LATELY = 12


@dataclass(frozen=True)
class Card:
    """A job and what came of it.

    `state` is the job's, or "listed", "held", "rejected", "gone" and "made" (an archive) where it is done. `before` counts jobs that
    come first. `track` is the piece's, where it may be heard, with its thumb; `archive` is "stems" or "layers", where that was made.
    """

    job_id: str
    state: str
    share: float
    doing: str
    seconds_left: float | None
    before: int
    error: str | None
    title: str
    taste: str | None
    composition_id: str | None
    track: dict[str, Any] | None
    archive: str | None

    @property
    def is_open(self) -> bool:
        """Whether something is still going on."""
        return self.state in ("queued", "running", "paused")


def card_of(db_session: Session, user_id: str, job_id: str) -> Card:
    """The listener's card of this job; raises NotFound (``unknown_job``)."""
    return _card(db_session, find_job(db_session, user_id, job_id))


def open_jobs(db_session: Session, user_id: str) -> list[str]:
    """Ids of the listener's composing jobs that are not over, oldest first."""
    waiting = select(Job.id).where(
        Job.user_id == user_id, Job.kind.in_(KINDS), Job.state.in_(("queued", "running"))
    )
    return list(db_session.scalars(waiting.order_by(Job.id)))


def lately(db_session: Session, user_id: str) -> Sequence[tuple[Composition, Track]]:
    """The listener's newest pieces that can be heard."""
    rows = db_session.execute(
        select(Composition, Track)
        .join(Track, Track.id == Composition.track_id)
        .where(
            Composition.user_id == user_id, Composition.state == "listed", Composition.expired_at.is_(None)
        )
        .order_by(Composition.id.desc())
        .limit(_LATELY)
    ).all()
    return [(row[0], row[1]) for row in rows]


def _card(db_session: Session, job: Job) -> Card:
    told = job.result or {}
    piece = db_session.get(Composition, told["composition_id"]) if told.get("composition_id") else None
    cluster = _cluster(db_session, job, piece)
    state = _state(job, piece)
    track = None
    if state == "listed" and piece is not None and piece.track_id is not None:
        row = db_session.get_one(Track, piece.track_id)
        track = track_json(row, thumb_of(db_session, str(job.user_id), [row.id]).get(row.id))
    return Card(
        job_id=job.id,
        state=state,
        share=min(max(job.progress, 0.0), 1.0),
        doing=job.progress_text,
        seconds_left=seconds_left(job),
        before=_before(db_session, job) if state == "queued" else 0,
        error=job.error,
        title=piece.title if piece is not None else "",
        taste=None if cluster is None else taste_name(cluster),
        composition_id=None if piece is None or state == "gone" else piece.id,
        track=track,
        archive=told.get("kind") if state == "made" else None,
    )


def _state(job: Job, piece: Composition | None) -> str:
    state = shown_state(job)
    if state != "done":
        return state
    if "kind" in (job.result or {}):
        return "made"
    return "gone" if piece is None or piece.expired_at is not None else piece.state


def _cluster(db_session: Session, job: Job, piece: Composition | None) -> TasteCluster | None:
    cluster_id = piece.cluster_id if piece is not None else job.payload.get("cluster_id")
    return db_session.get(TasteCluster, cluster_id) if cluster_id else None


def _before(db_session: Session, job: Job) -> int:
    """How many jobs are worked on first: those that run, and those that were asked for earlier or matter more."""
    earlier = (Job.priority > job.priority) | ((Job.priority == job.priority) & (Job.id < job.id))
    first = select(func.count()).where(
        (Job.state == "running") | ((Job.state == "queued") & Job.run_after.is_(None) & earlier),
        Job.id != job.id,
        Job.paused_at.is_(None),
    )
    return db_session.scalar(first) or 0
