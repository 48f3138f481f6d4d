"""What a listener heard and thought of it, as scrobblers ask for it: skips are no listens."""

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Select, SQLColumnExpression, func, select, tuple_
from sqlalchemy.orm import Session

from service.library.visibility import visible_to
from service.listening.names import comparable_artist, comparable_title
from service.store.tables import Listen, Thumb, Track

HeardKind = Literal["artist", "track", "album"]


class Bounds(NamedTuple):
    """When the first and the latest listen began; None where there is none."""

    first: datetime | None
    latest: datetime | None


class HeardOften(NamedTuple):
    """An artist, or a track or album with its artist, and how often it was heard."""

    name: str
    artist: str
    times: int


def heard_between(
    db_session: Session,
    user_id: str,
    *,
    after: datetime | None = None,
    before: datetime | None = None,
    limit: int,
    offset: int = 0,
) -> list[Listen]:
    """Listens later than ``after`` and earlier than ``before``, latest first.

    Where only ``after`` is given, those that follow it most closely.
    """
    wanted = _heard(user_id, after, before)
    if after is not None and before is None:
        earliest = wanted.order_by(Listen.listened_at, Listen.id).offset(offset).limit(limit)
        return list(reversed(db_session.scalars(earliest).all()))
    latest = wanted.order_by(Listen.listened_at.desc(), Listen.id.desc()).offset(offset).limit(limit)
    return list(db_session.scalars(latest))


def heard_of(db_session: Session, user_id: str, title: str, artist: str) -> list[Listen]:
    """Listens to a track, latest first, however its name was spelt."""
    key = comparable_artist(artist), comparable_title(title)
    latest = _heard(user_id, None, None).order_by(Listen.listened_at.desc(), Listen.id.desc())
    spelt = select(Listen.title, Listen.artist).where(Listen.user_id == user_id).distinct()
    names = [
        row
        for row in db_session.execute(spelt)
        if (comparable_artist(row.artist), comparable_title(row.title)) == key
    ]
    return list(
        db_session.scalars(
            latest.where(tuple_(Listen.title, Listen.artist).in_([(row.title, row.artist) for row in names]))
        )
    )


def count_heard(
    db_session: Session, user_id: str, *, after: datetime | None = None, before: datetime | None = None
) -> int:
    """How many listens there are."""
    counted = _heard(user_id, after, before).with_only_columns(func.count())
    return db_session.scalar(counted) or 0


def bounds_of_heard(db_session: Session, user_id: str) -> Bounds:
    """From when to when there are listens."""
    heard = _heard(user_id, None, None).with_only_columns(Listen.listened_at).limit(1)
    return Bounds(
        db_session.scalar(heard.order_by(Listen.listened_at)),
        db_session.scalar(heard.order_by(Listen.listened_at.desc())),
    )


def heard_most(
    db_session: Session,
    user_id: str,
    kind: HeardKind,
    *,
    after: datetime | None = None,
    before: datetime | None = None,
) -> list[HeardOften]:
    """What was heard, the most heard first. Two spellings of a name count as one, written as most often."""
    name: SQLColumnExpression[str] = {
        "artist": Listen.artist,
        "track": Listen.title,
        "album": func.coalesce(Listen.album, ""),
    }[kind]
    counts = (
        _heard(user_id, after, before)
        .with_only_columns(name, Listen.artist, func.count().label("count"))
        .where(name != "")
        .group_by(name, Listen.artist)
        .order_by(func.count().desc(), name, Listen.artist)
    )
    found: dict[tuple[str, str], HeardOften] = {}
    for spelt, artist, count in db_session.execute(counts):
        key = comparable_artist(artist), "" if kind == "artist" else comparable_title(spelt)
        first = found.get(key, HeardOften(spelt, artist, 0))
        found[key] = first._replace(times=first.times + count)
    return sorted(found.values(), key=lambda often: (-often.times, often.name, often.artist))


def times_heard(db_session: Session, user_id: str, kind: HeardKind, name: str, artist: str) -> int:
    """How often an artist, or a track or album of this name and artist, was heard, however it was spelt."""
    key = comparable_artist(artist), "" if kind == "artist" else comparable_title(name)
    found = 0
    for each in heard_most(db_session, user_id, kind):
        if (comparable_artist(each.artist), "" if kind == "artist" else comparable_title(each.name)) == key:
            found += each.times
    return found


def thumbed_tracks(
    db_session: Session, user_id: str, value: Literal["up", "down"] | None = None
) -> list[tuple[Thumb, Track]]:
    """Tracks with a thumb in force, each with it, latest first; only those with this one, if it is named."""
    newest = select(func.max(Thumb.id)).where(Thumb.user_id == user_id).group_by(Thumb.track_id)
    wanted = (
        select(Thumb, Track)
        .join(Track, Track.id == Thumb.track_id)
        .where(
            Thumb.id.in_(newest), Thumb.value.in_([value] if value else ["up", "down"]), visible_to(user_id)
        )
        .order_by(Thumb.id.desc())
    )
    return [(thumb, track) for thumb, track in db_session.execute(wanted)]


def _heard(user_id: str, after: datetime | None, before: datetime | None) -> Select[Listen]:
    wanted = select(Listen).where(Listen.user_id == user_id, ~Listen.skipped)
    if after is not None:
        wanted = wanted.where(Listen.listened_at > after)
    if before is not None:
        wanted = wanted.where(Listen.listened_at < before)
    return wanted
