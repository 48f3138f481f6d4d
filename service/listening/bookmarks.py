"""Places in long tracks that a listener marked through an app, to go on from there."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.library.shelves import on_shelf
from service.library.visibility import find_track
from service.store.tables import Bookmark, Track, utc_now

COMMENT_MAX_CHARACTERS = 1_000


def keep_bookmark(
    db_session: Session, user_id: str, track_id: str, position_seconds: float, comment: str = ""
) -> None:
    """Marks this place of the track, in place of the one before.

    Raises NotFound (``unknown_track``) and InvalidRequest (``bookmark_too_long``).
    """
    if len(comment) > COMMENT_MAX_CHARACTERS:
        raise InvalidRequest(
            f"A comment has at most {COMMENT_MAX_CHARACTERS:,} characters.", code="bookmark_too_long"
        )
    track = find_track(db_session, user_id, track_id)
    row = db_session.get(Bookmark, (user_id, track.id))
    if row is None:
        row = Bookmark(user_id=user_id, track_id=track.id)
        db_session.add(row)
    row.position_seconds, row.comment, row.changed_at = position_seconds, comment, utc_now()
    db_session.flush()


def list_bookmarks(db_session: Session, user_id: str) -> list[tuple[Bookmark, Track]]:
    """All of the listener's, each with its track, the latest first."""
    found = db_session.execute(
        select(Bookmark, Track)
        .join(Track, Track.id == Bookmark.track_id)
        .where(Bookmark.user_id == user_id, on_shelf(user_id))
        .order_by(Bookmark.changed_at.desc(), Bookmark.track_id)
    )
    return [(bookmark, track) for bookmark, track in found]


def remove_bookmark(db_session: Session, user_id: str, track_id: str) -> None:
    """Takes the mark away, if there is one. Raises NotFound (``unknown_track``)."""
    track = find_track(db_session, user_id, track_id)
    db_session.execute(delete(Bookmark).where(Bookmark.user_id == user_id, Bookmark.track_id == track.id))
