"""Thumbs on recordings that go by names and codes: on the track where the library has it, kept until then where not."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.listening.matching import LibraryMatcher, find_as_spelt
from service.listening.names import comparable_artist, comparable_title
from service.listening.thumbs import ThumbValue, set_thumb, thumb_of, thumbed_since
from service.operations.job_queue import enqueue
from service.operations.job_requests import taste_soon
from service.store.tables import UnmatchedThumb
from service.store.tables.base import utc_now


@dataclass(frozen=True)
class Recording:
    """What goes by a title and an artist, by a code, or by the id of a track."""

    title: str = ""
    artist: str = ""
    track_seconds: float | None = None
    recording_mbid: str | None = None
    isrc: str | None = None
    track_id: str | None = None

    def names(self) -> dict[str, Any]:
        """As the matching of listens takes it."""
        return {
            "title": self.title,
            "artist": self.artist,
            "track_seconds": self.track_seconds,
            "recording_mbid": self.recording_mbid,
            "isrc": self.isrc,
        }

    @property
    def key(self) -> str:
        """Equal for two spellings of one title and artist; by the MBID where there is no title."""
        names = f"{comparable_artist(self.artist)}\n{comparable_title(self.title)}"
        said = names if self.title else (self.recording_mbid or "").lower()
        return hashlib.sha256(said.encode()).hexdigest()


def set_thumb_on(
    db_session: Session, user_id: str, recording: Recording, value: ThumbValue, *, context: str
) -> str | None:
    """Puts a thumb in force, or with "clear" none; returns the track's id, None where the library has not got it yet.

    Raises InvalidRequest (``recording_without_name``) for what has neither title nor code, and NotFound
    (``unknown_track``) for the id of a track that is not there for this listener.
    """
    if not (recording.track_id or recording.title or recording.recording_mbid):
        raise InvalidRequest("A thumb needs a title or a recording's MBID.", code="recording_without_name")
    track_id = recording.track_id or find_as_spelt(db_session, user_id, **recording.names())
    if track_id is not None:
        set_thumb(db_session, user_id, track_id, value, context=context)
    _keep(db_session, user_id, recording, "clear" if track_id is not None else value, context)
    return track_id


def take_thumb_back(
    db_session: Session, user_id: str, recording: Recording, value: ThumbValue, *, context: str
) -> None:
    """No thumb of this value is in force afterwards; one of another value stands. Raises as `set_thumb_on` does."""
    track_id = recording.track_id or find_as_spelt(db_session, user_id, **recording.names())
    waiting = db_session.scalar(_same(user_id, recording))
    in_force = thumb_of(db_session, user_id, [track_id]).get(track_id) if track_id is not None else None
    if value in (in_force, waiting.value if waiting is not None else None):
        set_thumb_on(db_session, user_id, recording, "clear", context=context)


def match_thumbs(db_session: Session, user_id: str) -> int:
    """Puts the kept thumbs in force whose track has come into the library since; returns how many.

    What was said of the track itself in the meantime stands.
    """
    kept = db_session.scalars(select(UnmatchedThumb).where(UnmatchedThumb.user_id == user_id)).all()
    if not kept:
        return 0
    matcher = LibraryMatcher(db_session, user_id)
    matched = 0
    for row in kept:
        track_id = matcher.find(title=row.title, artist=row.artist, recording_mbid=row.recording_mbid)
        if track_id is None:
            continue
        if not thumbed_since(db_session, user_id, track_id, row.created_at):
            set_thumb(db_session, user_id, track_id, row.value, context=row.context)
        db_session.delete(row)
        matched += 1
    db_session.flush()
    return matched


def unmatched_thumbs(db_session: Session, user_id: str) -> list[UnmatchedThumb]:
    """Those that wait for their track, latest first."""
    return list(
        db_session.scalars(
            select(UnmatchedThumb)
            .where(UnmatchedThumb.user_id == user_id)
            .order_by(UnmatchedThumb.created_at.desc(), UnmatchedThumb.id.desc())
        )
    )


def _same(user_id: str, recording: Recording) -> Select[UnmatchedThumb]:
    return select(UnmatchedThumb).where(
        UnmatchedThumb.user_id == user_id, UnmatchedThumb.recording_key == recording.key
    )


def _keep(db_session: Session, user_id: str, recording: Recording, value: ThumbValue, context: str) -> None:
    row = None if recording.track_id is not None else db_session.scalar(_same(user_id, recording))
    if value == "clear":
        if row is not None:
            db_session.delete(row)
    elif row is None:
        db_session.add(
            UnmatchedThumb(
                user_id=user_id,
                recording_key=recording.key,
                title=recording.title,
                artist=recording.artist,
                recording_mbid=recording.recording_mbid,
                value=value,
                context=context,
            )
        )
        # Spellings that an index does not find are found when the taste is next worked out.
        enqueue(db_session, taste_soon(user_id))
    elif row.value != value:
        row.value, row.context, row.created_at = value, context, utc_now()
    db_session.flush()
