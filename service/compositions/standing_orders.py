"""Standing orders: so many fresh pieces are kept ready for each taste of each listener who wants that."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service.compositions.quotas import has_room
from service.compositions.retention import was_heard
from service.operations.job_requests import BULK, JobRequest, compose_music
from service.settings import Settings
from service.store.tables import Composition, Job, TasteCluster, User

OCCASION = "standing"

MOST_QUEUED = 4
"""Pieces of standing orders that wait to be composed at a time; the next look asks for more."""

TRIED_LATELY = timedelta(hours=6)
"""A piece that failed or was screened out counts as there for so long: trying at once would fail at once."""


def missing_pieces(db_session: Session, settings: Settings, now: datetime) -> list[JobRequest]:
    """What is to be composed next so that every taste has its fresh pieces: tastes with none first, larger ones first.

    A piece is fresh while it is listed and was neither played nor handed out. What waits for review, or to be composed,
    counts as there. Nothing is composed for whoever is turned away, or has no room left.
    """
    queued = _queued_or_failed(db_session, now)
    there = queued + _kept(db_session, now)
    tastes = db_session.execute(
        select(TasteCluster.id, TasteCluster.user_id, TasteCluster.share, User.fresh_per_taste)
        .join(User, User.id == TasteCluster.user_id)
        .where(User.fresh_per_taste > 0, User.disabled_at.is_(None), ~TasteCluster.muted)
    ).all()
    full = _without_room(db_session, settings)
    wanted = [
        (there[taste.id] + nth, -taste.share, taste.id, taste.user_id)
        for taste in tastes
        if taste.user_id not in full
        for nth in range(taste.fresh_per_taste - there[taste.id])
    ]
    room = max(MOST_QUEUED - _waiting(db_session), 0)
    return [
        replace(
            compose_music(
                user_id, cluster_id=cluster_id, seconds=settings.composed_seconds, occasion=OCCASION
            ),
            priority=BULK,
        )
        for _, _, cluster_id, user_id in sorted(wanted)[:room]
    ]


def _without_room(db_session: Session, settings: Settings) -> set[str]:
    """Listeners whose pieces fill all the room they have."""
    limited = db_session.scalars(select(User).where(User.composed_megabytes.is_not(None))).all()
    return {user.id for user in limited if not has_room(db_session, settings.media_dir, user)}


def _kept(db_session: Session, now: datetime) -> Counter[str]:
    """Pieces a taste has that count: fresh, held, or screened out a short while ago."""
    is_fresh = and_(Composition.state == "listed", Composition.handed_out_at.is_(None), ~was_heard())
    is_tried = and_(Composition.state == "rejected", Composition.created_at > now - TRIED_LATELY)
    rows = db_session.execute(
        select(Composition.cluster_id, func.count())
        .where(
            Composition.cluster_id.is_not(None),
            Composition.expired_at.is_(None),
            or_(is_fresh, Composition.state == "held", is_tried),
        )
        .group_by(Composition.cluster_id)
    )
    return Counter({cluster_id: count for cluster_id, count in rows if cluster_id is not None})


def _queued_or_failed(db_session: Session, now: datetime) -> Counter[str]:
    """Jobs a taste has that count: those that are to come, and those of standing orders that failed a short while ago."""
    failed_lately = and_(Job.state == "failed", Job.finished_at > now - TRIED_LATELY, _is_standing())
    payloads = db_session.scalars(
        select(Job.payload).where(
            Job.kind == "compose_music", or_(Job.state.in_(("queued", "running")), failed_lately)
        )
    )
    return Counter(payload.get("cluster_id", "") for payload in payloads)


def _waiting(db_session: Session) -> int:
    waiting = select(func.count()).where(
        Job.kind == "compose_music", Job.state.in_(("queued", "running")), _is_standing()
    )
    return db_session.scalar(waiting) or 0


def _is_standing() -> ColumnElement[bool]:
    occasion: ColumnElement[str] = Job.payload["occasion"].as_string()
    return occasion == OCCASION
