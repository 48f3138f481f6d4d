from datetime import UTC, datetime, timedelta

import pytest

from service.listening.listens import ListenEvent, record_listen
from service.listening.unmatched import unmatched_tracks, weights_by_artist
from service.store.database import Database
from tests.service.small_library import add_listener, add_track

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_the_library_has_not_is_listed_with_the_most_played_first(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        add_track(db_session, "Here", "Artist One")
        for number, (title, skipped) in enumerate(
            [("Here", False), ("Rare", True), ("Often", False), ("Often", False), ("Often", True)]
        ):
            when = NOW + timedelta(hours=number)
            record_listen(db_session, ada.id, ListenEvent(when, title, "Artist One", "test", skipped=skipped))
        record_listen(db_session, ben.id, ListenEvent(NOW, "Theirs", "Artist Two", "test"))
    with database.session(read_only=True) as db_session:
        often, rare = unmatched_tracks(db_session, ada.id)
        assert (often.title, often.plays, often.skips) == ("Often", 2, 1)
        assert often.last_listened_at == NOW + timedelta(hours=4)
        assert (rare.title, rare.plays, rare.skips) == ("Rare", 0, 1)
        assert [row.title for row in unmatched_tracks(db_session, ada.id, after=1, limit=1)] == ["Rare"]


def test_plays_of_an_artist_count_for_the_tracks_of_theirs_that_are_there(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        first = add_track(db_session, "First", "Artist One").id
        second = add_track(db_session, "Second", "artist one").id
        add_track(db_session, "Third", "Artist Two")
        add_track(db_session, "Piece", "Artist One", origin="composed", owner_id=ben.id)
        for hour in range(7):
            when = NOW - timedelta(hours=hour)
            record_listen(db_session, ada.id, ListenEvent(when, "Elsewhere", "Artist One", "test"))
            record_listen(
                db_session, ada.id, ListenEvent(when, "Elsewhere", "Artist Two", "test", skipped=True)
            )
        weights = weights_by_artist(db_session, ada.id, int(NOW.timestamp()))
        assert weights.keys() == {first, second}
        # log(1 + 7 plays), half of it, for two tracks.
        assert sum(weights.values()) == pytest.approx(1.0397, abs=1e-3)
        assert weights[first] == weights[second]
        assert weights_by_artist(db_session, ben.id, int(NOW.timestamp())) == {}
