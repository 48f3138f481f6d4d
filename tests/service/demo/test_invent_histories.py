from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from service.accounts.people import find_user
from service.demo import invent_histories
from service.demo.facts import count_listens
from service.demo.known_tracks import known_tracks
from service.demo.listeners import LISTENERS
from service.demo.scores import SCORES, SOUNDING_SECONDS
from service.demo.sign_in import prepare_listeners
from service.listening.matching import match_unmatched
from service.listening.thumbs import thumbs_in_force
from service.settings import Settings
from service.store.database import open_database
from service.store.tables import Track
from tests.service.demo.inline import done

REQUEST = invent_histories.request(LISTENERS, datetime(2026, 3, 9, 15, 30, tzinfo=UTC))


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def test_histories_are_read_in_once_and_their_thumbs_when_the_tracks_are_there(
    sqlite_settings: Settings,
) -> None:
    database = open_database(sqlite_settings)
    prepare_listeners(database, sqlite_settings)
    done(database, sqlite_settings, REQUEST)
    with database.session() as db_session:
        evening = find_user(db_session, "evening")
        listens = count_listens(db_session)
        assert thumbs_in_force(db_session, evening.id) == {}
        for slug, track in known_tracks().items():
            db_session.add(
                Track(
                    origin="catalogue",
                    path=slug.encode(),
                    content_hash=slug,
                    size_bytes=1,
                    modified_ns=1,
                    title=track.title,
                    artist=track.artist,
                    # As near as a rendered score comes to what was told of it.
                    duration_seconds=track.seconds + 0.2,
                    sample_rate=48_000,
                    channels=2,
                    codec="flac",
                )
            )
    done(database, sqlite_settings, REQUEST)
    with database.session() as db_session:
        assert count_listens(db_session) == listens > 400
        assert sorted(thumbs_in_force(db_session, evening.id).values()) == ["down", "up", "up", "up"]
        heard = match_unmatched(db_session, evening.id)
        assert 100 < heard < listens
        assert match_unmatched(db_session, evening.id) == 0
    database.close()


def test_every_track_that_is_listened_to_is_known_before_it_is_there() -> None:
    heard = {slug for listener in LISTENERS for mood in listener.moods for slug in mood.slugs}
    assert heard <= known_tracks().keys()
    assert SOUNDING_SECONDS.keys() == {score.slug for score in SCORES}
