"""Figures of the whole house: days of listening and composing, and what lies on the disk. Nobody's own history."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service.settings import Settings
from service.store.tables import Composition, Listen, Thumb, utc_now

DAYS = 30


@dataclass(frozen=True)
class Day:
    """What everybody together did on one day, by UTC."""

    day: date
    plays: int
    skips: int
    thumbs_up: int
    thumbs_down: int
    composed: int
    rejected: int


@dataclass(frozen=True)
class Room:
    """A folder of the house and what lies in it, in bytes."""

    name: str
    size_bytes: int


@dataclass(frozen=True)
class Disk:
    """What the house takes of the disk that it lies on; all in bytes."""

    rooms: list[Room]
    free_bytes: int
    total_bytes: int

    @property
    def taken_bytes(self) -> int:
        """All rooms together."""
        return sum(room.size_bytes for room in self.rooms)


def days_of(db_session: Session) -> list[Day]:
    """The last thirty days, the earliest first, those on which nothing happened too."""
    today = utc_now().date()
    first = today - timedelta(days=DAYS - 1)
    since = utc_now() - timedelta(days=DAYS)
    heard = _counts(db_session, Listen.listened_at, Listen.listened_at > since, Listen.skipped)
    thumbs = _counts(db_session, Thumb.created_at, Thumb.created_at > since, Thumb.value)
    pieces = _counts(db_session, Composition.created_at, Composition.created_at > since, Composition.state)
    return [
        Day(
            day=day,
            plays=heard.get((day, False), 0),
            skips=heard.get((day, True), 0),
            thumbs_up=thumbs.get((day, "up"), 0),
            thumbs_down=thumbs.get((day, "down"), 0),
            composed=sum(pieces.get((day, state), 0) for state in ("listed", "held")),
            rejected=pieces.get((day, "rejected"), 0),
        )
        for day in (first + timedelta(days=place) for place in range(DAYS))
    ]


def room_of(settings: Settings) -> Disk:
    """What lies where, the largest first."""
    usage = shutil.disk_usage(settings.data_dir)
    folders = {
        "Composed pieces": [settings.media_dir],
        "Backups": [settings.backups_dir, settings.snapshots_dir],
        "Cache": [settings.cache_dir],
        "Search indexes": [settings.index_dir, settings.learnt_dir],
        "Uploads": [settings.uploads_dir, settings.scratch_dir],
    }
    rooms = [Room(name, sum(map(_size_of, paths))) for name, paths in folders.items()]
    if settings.database_url is None:
        files = settings.data_dir.glob(f"{settings.database_file.name}*")
        rooms.append(Room("Store", sum(path.stat().st_size for path in files)))
    rooms = sorted((room for room in rooms if room.size_bytes), key=lambda room: -room.size_bytes)
    return Disk(rooms, usage.free, usage.total)


def _counts(
    db_session: Session, moment: Any, condition: ColumnElement[bool], kind: Any
) -> dict[tuple[date, Any], int]:
    """How many there are of each kind on each day."""
    # SQLite gives days as text, PostgreSQL as dates, in UTC as its sessions are.
    day = func.date(moment)
    rows = db_session.execute(select(day, kind, func.count()).where(condition).group_by(day, kind))
    return {(date.fromisoformat(str(when)), what): count for when, what, count in rows}


def _size_of(folder: Path) -> int:
    return sum(_sizes(os.fspath(folder)))


def _sizes(folder: str) -> Iterable[int]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(entry.path)
                else:
                    yield entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        # Caches come and go while they are counted.
        return
