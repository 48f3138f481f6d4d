"""Listens as scrobblers tell them: many at once, again after a lost answer, with a thumb among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from ulid import ULID

from service.listening.list_revisions import list_changed
from service.listening.listens import ListenEvent, listen_columns
from service.listening.matching import find_as_spelt
from service.listening.unmatched_thumbs import Recording, set_thumb_on
from service.operations.job_queue import enqueue
from service.operations.job_requests import taste_soon
from service.store.ids import new_id
from service.store.tables import Listen
from service.store.tables.base import utc_now

# Nothing older is taken: before scrobbling began, a time is a clock that was never set.
OLDEST = datetime(2002, 10, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(hours=1)
# Rows of one statement; a database takes only so many values in one.
_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Scrobble:
    """A listen or skip, and the thumb that was pressed while it was heard."""

    event: ListenEvent
    thumb: Literal["up", "down"] | None = None


def is_time_of_a_listen(moment: datetime) -> bool:
    """Whether something can have been heard then."""
    return OLDEST <= moment <= utc_now() + CLOCKS_DIFFER


def record_scrobbles(db_session: Session, user_id: str, scrobbles: Sequence[Scrobble]) -> int:
    """Keeps those that are not there yet, matched with the library where it has them; returns how many were new.

    A thumb is in force afterwards unless its listen was told before: then it was too, and what was said since stands.
    """
    first_told = {scrobble.event.dedupe_key: scrobble for scrobble in reversed(scrobbles)}
    for known in _known(db_session, user_id, list(first_told)):
        del first_told[known]
    track_of: dict[Recording, str | None] = {}
    rows = []
    for key, scrobble in first_told.items():
        recording = _recording(scrobble.event)
        if recording not in track_of:
            track_of[recording] = find_as_spelt(db_session, user_id, **recording.names())
        rows.append(_row(user_id, scrobble.event, key, track_of[recording]))
    added = _add(db_session, rows)
    for key, scrobble in first_told.items():
        if key in added and scrobble.thumb is not None:
            set_thumb_on(
                db_session, user_id, _recording(scrobble.event), scrobble.thumb, context=scrobble.event.source
            )
    if added:
        list_changed(db_session, user_id)
        enqueue(db_session, taste_soon(user_id))
    return len(added)


def delete_listens(db_session: Session, user_id: str, listened_at: datetime, msid: str) -> int:
    """Deletes what began in that second and goes by that recording MSID; returns how many there were."""
    wanted = id_of_msid(msid)
    second = listened_at.replace(microsecond=0)
    rows = db_session.scalars(
        select(Listen).where(
            Listen.user_id == user_id,
            Listen.listened_at >= second,
            Listen.listened_at < second + timedelta(seconds=1),
        )
    ).all()
    gone = [row for row in rows if wanted in (row.id, row.track_id)]
    for row in gone:
        db_session.delete(row)
    if gone:
        list_changed(db_session, user_id)
        enqueue(db_session, taste_soon(user_id))
    db_session.flush()
    return len(gone)


def msid_of(row_id: str) -> str:
    """ListenBrainz's name for a recording: here the id of the track, or of what has none, written as a UUID."""
    return str(ULID.from_str(row_id).to_uuid())


def id_of_msid(msid: str) -> str:
    """The id again. The MSID is 32 hexadecimal digits, with or without hyphens."""
    return str(ULID.from_hex(msid.replace("-", "")))


def recording_of_msid(db_session: Session, user_id: str, msid: str) -> Recording:
    """What this MSID names: one of this listener's listens or, if it is none, a track that may not be there."""
    row_id = id_of_msid(msid)
    listen = db_session.scalar(select(Listen).where(Listen.user_id == user_id, Listen.id == row_id))
    if listen is None:
        return Recording(track_id=row_id)
    return Recording(listen.title, listen.artist, listen.track_seconds, listen.recording_mbid, listen.isrc)


def _recording(event: ListenEvent) -> Recording:
    return Recording(event.title, event.artist, event.track_seconds, event.recording_mbid, event.isrc)


def _known(db_session: Session, user_id: str, keys: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), _ROWS_AT_ONCE):
        some = keys[start : start + _ROWS_AT_ONCE]
        known = select(Listen.dedupe_key).where(Listen.user_id == user_id, Listen.dedupe_key.in_(some))
        found.update(db_session.scalars(known))
    return found


def _row(user_id: str, event: ListenEvent, key: str, track_id: str | None) -> dict[str, object]:
    return {**listen_columns(user_id, event, track_id), "id": new_id(), "dedupe_key": key}


def _add(db_session: Session, rows: list[dict[str, object]]) -> set[str]:
    """The keys that were new: another process may have been told the same a moment ago."""
    insert = postgresql.insert if db_session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added: set[str] = set()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = insert(Listen).values(rows[start : start + _ROWS_AT_ONCE])
        added.update(db_session.scalars(some.on_conflict_do_nothing().returning(Listen.dedupe_key)))
    return added
