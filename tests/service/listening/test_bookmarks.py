import pytest

from service.errors import InvalidRequest, NotFound
from service.listening.bookmarks import keep_bookmark, list_bookmarks, remove_bookmark
from service.store.database import Database
from tests.service.small_library import add_listener, add_track


def test_a_track_has_one_bookmark_of_each_listener(database: Database) -> None:
    ada, ben = add_listener(database, "ada").id, add_listener(database, "ben").id
    with database.session() as db_session:
        first, second = (add_track(db_session, title, "Artist").id for title in ("First", "Second"))
        keep_bookmark(db_session, ada, first, 10.0, "here")
        keep_bookmark(db_session, ben, first, 20.0)
        keep_bookmark(db_session, ada, second, 5.5)
        keep_bookmark(db_session, ada, first, 12.5)
        found = [
            (row.track_id, row.position_seconds, row.comment) for row, _ in list_bookmarks(db_session, ada)
        ]
        assert found == [(first, 12.5, ""), (second, 5.5, "")]
        for _ in range(2):
            remove_bookmark(db_session, ada, first)
        assert [track.id for _, track in list_bookmarks(db_session, ada)] == [second]
        assert [row.position_seconds for row, _ in list_bookmarks(db_session, ben)] == [20.0]


def test_what_is_not_there_or_too_long_is_not_marked(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        bens = add_track(db_session, "Ben's", "ben's studio", origin="composed", owner_id=ben.id).id
        track = add_track(db_session, "Song", "Artist").id
        for absent in (bens, "nothing"):
            with pytest.raises(NotFound):
                keep_bookmark(db_session, ada.id, absent, 1.0)
        with pytest.raises(InvalidRequest):
            keep_bookmark(db_session, ada.id, track, 1.0, "x" * 1_001)
        assert list_bookmarks(db_session, ada.id) == []
