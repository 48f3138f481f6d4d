"""How a listener's taste drifts: what it is now, beside what it was."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.listening.taste import emotion_of, read_taste
from service.store.tables import TasteCluster, TasteSnapshot, utc_now

MOST_DAYS = 730
"""So long it is remembered what a taste was."""


@dataclass(frozen=True)
class Drift:
    """One taste then and now.

    ``change`` is "new", "gone" or "stayed"; shares are of the listening, None where the taste was or is not there; ``moved`` is
    1 less the cosine between what it was and is, None where that cannot be said.
    """

    cluster_id: str
    called: str
    change: Literal["new", "gone", "stayed"]
    share_before: float | None
    share_now: float | None
    moved: float | None
    valence_change: float | None
    arousal_change: float | None


@dataclass(frozen=True)
class Drifted:
    """Since which day, and each taste, the largest change of share first; no day where nothing was remembered yet."""

    since: date | None
    tastes: tuple[Drift, ...]


def remember_taste(db_session: Session, user_id: str) -> None:
    """Writes down the taste of today in place of an earlier one of the day, and forgets what is very old."""
    today = utc_now().date()
    db_session.execute(
        delete(TasteSnapshot).where(
            TasteSnapshot.user_id == user_id,
            (TasteSnapshot.day == today) | (TasteSnapshot.day < today - timedelta(days=MOST_DAYS)),
        )
    )
    for cluster in read_taste(db_session, user_id):
        valence, arousal = emotion_of(cluster)
        db_session.add(
            TasteSnapshot(
                user_id=user_id,
                day=today,
                cluster_id=cluster.id,
                words=cluster.name or cluster.words,
                share=cluster.share,
                valence=valence,
                arousal=arousal,
                centroid=cluster.centroid,
                encoder_id=cluster.encoder_id,
            )
        )
    db_session.flush()


def read_drift(db_session: Session, user_id: str, days: int = 30) -> Drifted:
    """The taste now against that of so many days ago, or of the last day before, or else of the first that is remembered.

    Raises InvalidRequest (``days_out_of_range``).
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidRequest(f"Drift is told over 1 to {MOST_DAYS} days.", code="days_out_of_range")
    wanted = utc_now().date() - timedelta(days=days)
    of_listener = select(func.max(TasteSnapshot.day)).where(TasteSnapshot.user_id == user_id)
    since = db_session.scalar(of_listener.where(TasteSnapshot.day <= wanted)) or db_session.scalar(
        select(func.min(TasteSnapshot.day)).where(TasteSnapshot.user_id == user_id)
    )
    before = {
        row.cluster_id: row
        for row in db_session.scalars(
            select(TasteSnapshot).where(TasteSnapshot.user_id == user_id, TasteSnapshot.day == since)
        )
    }
    now = {cluster.id: cluster for cluster in read_taste(db_session, user_id)}
    drifts = [
        *(_gone(before[each]) for each in before.keys() - now.keys()),
        *(_new(now[each]) for each in now.keys() - before.keys()),
        *(_stayed(before[each], now[each]) for each in before.keys() & now.keys()),
    ]
    by_change = sorted(
        drifts, key=lambda each: (-abs((each.share_now or 0.0) - (each.share_before or 0.0)), each.cluster_id)
    )
    return Drifted(since, tuple(by_change))


def _gone(before: TasteSnapshot) -> Drift:
    return Drift(before.cluster_id, before.words, "gone", before.share, None, None, None, None)


def _new(now: TasteCluster) -> Drift:
    return Drift(now.id, now.name or now.words, "new", None, now.share, None, None, None)


def _stayed(before: TasteSnapshot, now: TasteCluster) -> Drift:
    valence, arousal = emotion_of(now)
    return Drift(
        now.id,
        now.name or now.words,
        "stayed",
        before.share,
        now.share,
        _moved(before, now),
        valence - before.valence,
        arousal - before.arousal,
    )


def _moved(before: TasteSnapshot, now: TasteCluster) -> float | None:
    if before.encoder_id != now.encoder_id:
        return None
    then, today = (np.frombuffer(each.centroid, dtype="<f4") for each in (before, now))
    return max(0.0, 1.0 - float(then @ today))
