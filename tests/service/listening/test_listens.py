from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from service.errors import InvalidRequest
from service.listening.listens import ListenEvent, record_listen, was_skipped
from service.store.database import Database
from service.store.tables import Listen
from tests.service.small_library import add_listener, add_track

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("played", "track", "skipped"),
    [
        (99, 200, True),
        (100, 200, False),
        (239, 3_000, True),
        (240, 3_000, False),
        (29, None, True),
        (None, 200, False),
    ],
)
def test_a_listen_counts_at_half_the_track_or_four_minutes(
    played: float | None, track: float | None, skipped: bool
) -> None:
    assert was_skipped(played, track) is skipped


def test_a_listen_is_recorded_with_its_track(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        track = add_track(db_session, "Song", "Artist")
        listen = record_listen(db_session, ada.id, ListenEvent(NOON, "song", "ARTIST", "player"))
        assert listen is not None
        assert (listen.track_id, listen.skipped, listen.source) == (track.id, False, "player")


def test_the_same_listen_told_by_two_sources_in_two_zones_is_one_row(database: Database) -> None:
    ada = add_listener(database)
    east = NOON.astimezone(timezone(timedelta(hours=5)))
    with database.session() as db_session:
        assert record_listen(db_session, ada.id, ListenEvent(NOON, "Song", "Artist", "player")) is not None
        assert record_listen(db_session, ada.id, ListenEvent(east, "song", "The Artist", "other")) is None
        assert db_session.scalar(select(func.count()).select_from(Listen)) == 1


def test_the_same_second_of_two_listeners_is_two_listens(database: Database) -> None:
    listeners = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        for listener in listeners:
            assert record_listen(db_session, listener.id, ListenEvent(NOON, "Song", "Artist", "player"))


def test_a_time_without_a_zone_and_an_empty_title_are_refused(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        with pytest.raises(InvalidRequest, match="zone"):
            record_listen(
                db_session, ada.id, ListenEvent(NOON.replace(tzinfo=None), "Song", "Artist", "player")
            )
        with pytest.raises(InvalidRequest, match="title"):
            record_listen(db_session, ada.id, ListenEvent(NOON, "  ", "Artist", "player"))
