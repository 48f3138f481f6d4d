from datetime import UTC, datetime, timedelta

import pytest

from service.listening.known_plays import KnownPlays
from service.listening.listens import ListenEvent, record_listen
from service.store.database import Database
from tests.service.small_library import add_listener

BEGAN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def play(
    source: str, seconds: float = 0, played: float | None = None, title: str = "Song One"
) -> ListenEvent:
    return ListenEvent(BEGAN + timedelta(seconds=seconds), title, "Artist One", source, played_seconds=played)


@pytest.mark.parametrize(
    ("first", "second", "is_new"),
    [
        # The same second, told by anybody.
        (play("lastfm"), play("lastfm"), False),
        (play("lastfm"), play("spotify"), False),
        (play("lastfm"), play("lastfm", title="Song Two"), True),
        # Two services with an idea of their own of when it began.
        (play("lastfm"), play("spotify", 25), False),
        (play("lastfm"), play("spotify", 45), True),
        # One service that tells of two plays in a row, or twice of one.
        (play("lastfm"), play("lastfm", 25), True),
        (play("spotify", played=9.0), play("spotify", 25, played=9.0), False),
        (play("spotify", played=9.0), play("spotify", 25, played=8.0), True),
        # By the minute: the same length is the same play, whichever came first.
        (play("spotify", 40, played=200.0), play("spotify_account", played=200.0), False),
        (play("spotify_account", played=200.0), play("spotify", 40, played=200.4), False),
        (play("spotify_account", played=200.0), play("spotify", 40, played=100.0), True),
        (play("lastfm_to_csv"), play("spotify", 59, played=100.0), False),
        (play("lastfm_to_csv"), play("spotify", 61, played=100.0), True),
    ],
)
def test_one_play_told_twice_is_one(
    first: ListenEvent, second: ListenEvent, is_new: bool, database: Database
) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        record_listen(db_session, ada.id, first)
        assert KnownPlays(db_session, ada.id).take(second) is is_new
        assert KnownPlays(db_session, ben.id).take(second)
        here = KnownPlays(db_session, ben.id)
        assert (here.take(first), here.take(second)) == (True, is_new)


def test_a_track_begun_a_hundred_times_in_a_minute_is_not_believed(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        known = KnownPlays(db_session, ada.id)
        taken = [known.take(play("lastfm", seconds=number / 10)) for number in range(20_000)]
        assert sum(taken) <= 100 * (2_000 // 60 + 2)
