"""The search of before version 1.4, which some old clients still have: songs only, by any of their names."""

from flask import Response

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import moments, text, whole
from service.compat.opensubsonic.shapes import songs
from service.http.authentication import viewer
from service.http.parts import parts
from service.library.songs import list_songs

_MOST_FOUND = 1_000
_WORDS = ("artist", "album", "title", "any")


@method("search", "library:read")
def old_search() -> Response:
    """Songs that have all of the words in their names; of very many the first thousand by title."""
    words = " ".join(filter(None, (text(name) for name in _WORDS)))
    if not words:
        raise Fault(Code.MISSING_PARAMETER, f"One of the parameters {', '.join(_WORDS)} is needed.")
    count, offset, newer_than = whole("count", 20, most=_MOST_FOUND), whole("offset", 0), moments("newerThan")
    with parts().database.session(read_only=True) as db_session:
        found = [
            track
            for track in list_songs(db_session, viewer().user_id, query=words, limit=_MOST_FOUND)
            if not newer_than or track.created_at > newer_than[0]
        ]
        shown = songs(db_session, found[offset : offset + count])
    return answer(searchResult={"offset": offset, "totalHits": len(found), "match": shown})
