"""Places in songs that apps mark, to go on from there."""

from flask import Response

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.ids import key_of
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import needed, text, whole
from service.compat.opensubsonic.shapes import moment, songs
from service.http.authentication import viewer
from service.http.parts import parts
from service.listening.bookmarks import keep_bookmark, list_bookmarks, remove_bookmark

_LONGEST_MS = 24 * 86_400_000


@method("getBookmarks", "library:read")
def get_bookmarks() -> Response:
    """All that the listener has."""
    with parts().database.session(read_only=True) as db_session:
        found = list_bookmarks(db_session, viewer().user_id)
        shown = songs(db_session, [track for _, track in found])
    bookmarks = [
        {
            "position": round(bookmark.position_seconds * 1000),
            "username": viewer().name,
            "comment": bookmark.comment or None,
            "created": moment(bookmark.created_at),
            "changed": moment(bookmark.changed_at),
            "entry": song,
        }
        for song, (bookmark, _) in zip(shown, found, strict=True)
    ]
    return answer(bookmarks={"bookmark": bookmarks})


@method("createBookmark", "listens:write")
def create_bookmark() -> Response:
    """Marks a place, in milliseconds, in place of the one that was marked before."""
    needed("position")
    position, track_id = whole("position", 0, most=_LONGEST_MS), key_of(needed("id"), "song")
    with parts().database.session() as db_session:
        keep_bookmark(db_session, viewer().user_id, track_id, position / 1000, text("comment") or "")
    return answer()


@method("deleteBookmark", "listens:write")
def delete_bookmark() -> Response:
    """Takes the mark of a song away."""
    with parts().database.session() as db_session:
        remove_bookmark(db_session, viewer().user_id, key_of(needed("id"), "song"))
    return answer()
