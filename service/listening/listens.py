"""Recording one play or skip, whichever door it came through."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.listening.matching import LibraryMatcher
from service.listening.names import comparable_artist, comparable_title
from service.store.tables import Listen

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

    Raises InvalidRequest when ``listened_at`` has no zone or the title is empty.
    """
    if event.listened_at.tzinfo is None:
        raise InvalidRequest("A listen needs a time with a zone.", code="time_without_zone")
    if not event.title.strip():
        raise InvalidRequest("A listen needs a title.", code="listen_without_title")
    known = select(Listen.id).where(Listen.user_id == user_id, Listen.dedupe_key == event.dedupe_key)
    if db_session.scalar(known) is not None:
        return None
    track_id = event.track_id or LibraryMatcher(db_session, user_id).find(
        title=event.title,
        artist=event.artist,
        track_seconds=event.track_seconds,
        isrc=event.isrc,
        recording_mbid=event.recording_mbid,
    )
    listen = listen_row(user_id, event, track_id)
    db_session.add(listen)
    db_session.flush()
    return listen


def listen_row(
    user_id: str, event: ListenEvent, track_id: str | None, import_id: str | None = None
) -> Listen:
    """The row of an event, not yet added."""
    return Listen(
        user_id=user_id,
        track_id=track_id,
        listened_at=event.listened_at,
        source=event.source,
        title=event.title,
        artist=event.artist,
        album=event.album,
        played_seconds=event.played_seconds,
        track_seconds=event.track_seconds,
        skipped=event.skipped,
        recording_mbid=event.recording_mbid,
        isrc=event.isrc,
        import_id=import_id,
        dedupe_key=event.dedupe_key,
    )
