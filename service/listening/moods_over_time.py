"""When a listener plays which moods: by the hour of the day, and month by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import SQLColumnExpression, and_, case, extract, func, select
from sqlalchemy.orm import Session

from service.listening.emotions import calibration_of
from service.operations.model_versions import in_use
from service.store.tables import EmotionCorrection, Listen, TrackEmbedding, utc_now

MOODS = ("bright and lively", "bright and calm", "dark and lively", "dark and calm")
MONTHS = 12
_YEAR = timedelta(days=366)

Counts = tuple[int, int, int, int]
"""Plays of each of `MOODS`, in their order."""


@dataclass(frozen=True)
class MoodsOverTime:
    """Plays of the last twelve months by mood: 24 hours of the day in UTC, and the months as (year, month), oldest first."""

    hours: tuple[Counts, ...]
    months: tuple[tuple[int, int, Counts], ...]

    @property
    def plays(self) -> int:
        """How many there are."""
        return sum(map(sum, self.hours))


def mood_of(valence: float, arousal: float) -> str:
    """Which of `MOODS` a place on the plane of emotions is."""
    return MOODS[2 * (valence < 0) + (arousal < 0)]


def moods_over_time(db_session: Session, user_id: str, now: datetime | None = None) -> MoodsOverTime:
    """Counted by the store itself, of what was played and not skipped and has been listened to."""
    now = now or utc_now()
    months = _last_months(now)
    encoder = in_use(db_session, "encoder")
    if encoder is None:
        return MoodsOverTime(_counts({}, range(24)), tuple((*month, (0, 0, 0, 0)) for month in months))
    calibration = calibration_of(db_session, encoder.id)
    valence = func.coalesce(
        EmotionCorrection.valence,
        TrackEmbedding.valence * calibration.valence_slope + calibration.valence_offset,
    )
    arousal = func.coalesce(
        EmotionCorrection.arousal,
        TrackEmbedding.arousal * calibration.arousal_slope + calibration.arousal_offset,
    )
    mood = case((valence < 0, 2), else_=0) + case((arousal < 0, 1), else_=0)
    moment = _in_utc(db_session)
    hour, year, month = (extract(part, moment) for part in ("hour", "year", "month"))
    rows = db_session.execute(
        select(hour, year, month, mood, func.count())
        .select_from(Listen)
        .join(
            TrackEmbedding,
            and_(TrackEmbedding.track_id == Listen.track_id, TrackEmbedding.encoder_id == encoder.id),
        )
        .outerjoin(
            EmotionCorrection,
            and_(EmotionCorrection.track_id == Listen.track_id, EmotionCorrection.user_id == user_id),
        )
        .where(
            Listen.user_id == user_id,
            Listen.listened_at > now - _YEAR,
            Listen.listened_at <= now,
            ~Listen.skipped,
        )
        .group_by(hour, year, month, mood)
    )
    by_hour: dict[Any, list[int]] = {}
    by_month: dict[Any, list[int]] = {}
    for hour_of, year_of, month_of, mood_of_row, plays in rows:
        for found, key in ((by_hour, int(hour_of)), (by_month, (int(year_of), int(month_of)))):
            found.setdefault(key, [0, 0, 0, 0])[mood_of_row] += plays
    return MoodsOverTime(
        _counts(by_hour, range(24)),
        tuple((*each, counts) for each, counts in zip(months, _counts(by_month, months), strict=True)),
    )


def _counts(found: dict[Any, list[int]], keys: Sequence[Any]) -> tuple[Counts, ...]:
    return tuple((each[0], each[1], each[2], each[3]) for each in (found.get(key, [0] * 4) for key in keys))


def _last_months(now: datetime) -> list[tuple[int, int]]:
    months = now.year * 12 + now.month - 1
    return [(each // 12, each % 12 + 1) for each in range(months - MONTHS + 1, months + 1)]


def _in_utc(db_session: Session) -> SQLColumnExpression[Any]:
    if db_session.get_bind().dialect.name == "postgresql":
        # It would tell the hours of the zone that its session is in.
        return func.timezone("UTC", Listen.listened_at)
    return Listen.listened_at
