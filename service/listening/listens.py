"""Recording one play or skip, whichever door it came through."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.library.visibility import find_track
from service.listening.list_revisions import list_changed
from service.listening.matching import find_as_spelt
from service.listening.names import comparable_artist, comparable_title
from service.operations.job_queue import enqueue
from service.operations.job_requests import taste_soon
from service.store.tables import Listen
from service.store.tables.base import UtcDateTime

# The rule scrobblers share: a listen counts at half the track or four minutes, whichever is less.
COUNTED_SHARE = 0.5
COUNTED_SECONDS = 240.0
# Where the track's length is not known, what was left before this is taken for a skip.
SKIP_SECONDS_OF_UNKNOWN_LENGTH = 30.0


@dataclass(frozen=True)
class ListenEvent:
    """What was heard, when it began, and for how long. ``listened_at`` is timezone-aware."""

    listened_at: datetime
    title: str
    artist: str
    source: str
    album: str | None = None
    played_seconds: float | None = None
    track_seconds: float | None = None
    skipped: bool = False
    recording_mbid: str | None = None
    isrc: str | None = None
    track_id: str | None = None

    @property
    def dedupe_key(self) -> str:
        """Equal for the same listen told twice, also by two sources: nobody starts one track twice in one second."""
        names = f"{comparable_artist(self.artist)}\n{comparable_title(self.title)}"
        return f"{int(self.listened_at.timestamp())}:{hashlib.sha256(names.encode()).hexdigest()[:32]}"


def was_skipped(played_seconds: float | None, track_seconds: float | None) -> bool:
    """Whether so short a play was a skip; a play of unknown length was not."""
    if played_seconds is None:
        return False
    if not track_seconds:
        return played_seconds < SKIP_SECONDS_OF_UNKNOWN_LENGTH
    return played_seconds < min(track_seconds * COUNTED_SHARE, COUNTED_SECONDS)


def record_listen(db_session: Session, user_id: str, event: ListenEvent) -> Listen | None:
    """Adds the listen, with its track if the library has it; None when this listen is already there.

    A track that is not named by its id is looked for by its codes, then by its names; spellings that an index does not
    find are found when the taste is next worked out, which is asked for here. Raises InvalidRequest when ``listened_at`` has no
    zone or the title is empty, NotFound (``unknown_track``) when the listener has no track of that id.
    """
    if event.listened_at.tzinfo is None:
        raise InvalidRequest("A listen needs a time with a zone.", code="time_without_zone")
    if not event.title.strip():
        raise InvalidRequest("A listen needs a title.", code="listen_without_title")
    known = select(Listen.id).where(Listen.user_id == user_id, Listen.dedupe_key == event.dedupe_key)
    if db_session.scalar(known) is not None:
        return None
    if event.track_id is not None:
        track_id: str | None = find_track(db_session, user_id, event.track_id).id
    else:
        track_id = find_as_spelt(
            db_session,
            user_id,
            title=event.title,
            artist=event.artist,
            track_seconds=event.track_seconds,
            isrc=event.isrc,
            recording_mbid=event.recording_mbid,
        )
    listen = listen_row(user_id, event, track_id)
    db_session.add(listen)
    list_changed(db_session, user_id)
    enqueue(db_session, taste_soon(user_id))
    db_session.flush()
    return listen


def listens(db_session: Session, user_id: str, after: str | None, limit: int) -> list[Listen]:
    """The listener's listens, newest first, from the one that follows the listen of id ``after``.

    Raises InvalidRequest (``bad_cursor``) when the listener has no listen of that id.
    """
    wanted = select(Listen).where(Listen.user_id == user_id)
    if after is not None:
        last = db_session.scalar(wanted.where(Listen.id == after))
        if last is None:
            raise InvalidRequest("There is nothing to go on from there.", code="bad_cursor")
        wanted = wanted.where(
            tuple_(Listen.listened_at, Listen.id)
            < tuple_(literal(last.listened_at, UtcDateTime), literal(last.id))
        )
    newest_first = wanted.order_by(Listen.listened_at.desc(), Listen.id.desc()).limit(limit)
    return list(db_session.scalars(newest_first))


def listen_row(user_id: str, event: ListenEvent, track_id: str | None) -> Listen:
    """The row of an event, not yet added."""
    return Listen(**listen_columns(user_id, event, track_id))


def listen_columns(
    user_id: str,
    event: ListenEvent,
    track_id: str | None,
    *,
    match_confidence: float | None = None,
    import_id: str | None = None,
) -> dict[str, Any]:
    """The row of an event, column by column."""
    return {
        "user_id": user_id,
        "track_id": track_id,
        "match_confidence": match_confidence,
        "listened_at": event.listened_at,
        "source": event.source,
        "title": event.title,
        "artist": event.artist,
        "album": event.album,
        "played_seconds": event.played_seconds,
        "track_seconds": event.track_seconds,
        "skipped": event.skipped,
        "recording_mbid": event.recording_mbid,
        "isrc": event.isrc,
        "import_id": import_id,
        "dedupe_key": event.dedupe_key,
    }
