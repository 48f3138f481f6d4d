from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.accounts.people import add_user
from service.errors import NotFound
from service.listening.now_playing import began_at, playing_now, tell_playing
from service.listening.thumbs import set_thumb
from service.listening.track_facts import albums_by_listening, facts_of, most_played, thumbed_up
from service.store.database import Database
from service.store.tables import Listen, PlaybackEvent, Track, User, utc_now
from tests.service.small_library import add_track


@pytest.fixture
def people(database: Database) -> tuple[User, User]:
    with database.session() as db_session:
        return add_user(db_session, "ada"), add_user(db_session, "ben")


@pytest.fixture
def tracks(database: Database) -> list[Track]:
    """Two tracks of 200 s."""
    with database.session() as db_session:
        return [add_track(db_session, title, "Zoe", album="Own") for title in "ab"]


def test_a_play_that_is_told_from_its_start_to_its_end_is_one_listen(
    database: Database, people: tuple[User, User], tracks: list[Track]
) -> None:
    ada, ben = people
    with database.session() as db_session:
        tell_playing(db_session, ada.id, tracks[0].id, "phone", "starting", 0.0)
        tell_playing(db_session, ada.id, tracks[0].id, "phone", "playing", 60.0)
        (playing,) = playing_now(db_session, ada.id)
        assert (playing.track.id, playing.app, playing.position_seconds) == (tracks[0].id, "phone", 60.0)
        assert began_at(db_session, ada.id, tracks[0].id, "phone") == playing.since
        assert playing_now(db_session, ben.id) == []
        tell_playing(db_session, ada.id, tracks[0].id, "phone", "stopped", 190.0)
        tell_playing(db_session, ada.id, tracks[1].id, "phone", "stopped", 5.0)
        assert playing_now(db_session, ada.id) == []
        listens = db_session.scalars(select(Listen).order_by(Listen.played_seconds)).all()
        assert [(listen.skipped, listen.played_seconds) for listen in listens] == [
            (True, 5.0),
            (False, 190.0),
        ]
        with pytest.raises(NotFound):
            tell_playing(db_session, ada.id, "no such", "phone", "starting", 0.0)


def test_what_was_not_heard_of_for_longer_than_the_track_is_over(
    database: Database, people: tuple[User, User], tracks: list[Track]
) -> None:
    with database.session() as db_session:
        tell_playing(db_session, people[0].id, tracks[0].id, "phone", "starting", 0.0)
        db_session.execute(update(PlaybackEvent).values(happened_at=utc_now() - timedelta(seconds=201)))
        assert playing_now(db_session, people[0].id) == []


def test_facts_are_thumbs_and_plays_of_the_listener(
    database: Database, people: tuple[User, User], tracks: list[Track]
) -> None:
    ada, ben = people
    a, b = (track.id for track in tracks)
    with database.session() as db_session:
        for seconds in (190.0, 5.0):
            tell_playing(db_session, ada.id, a, "phone", "stopped", seconds)
        set_thumb(db_session, ada.id, a, "up")
        set_thumb(db_session, ada.id, b, "up")
        set_thumb(db_session, ada.id, b, "down")
        set_thumb(db_session, ben.id, b, "up")
        facts = facts_of(db_session, ada.id, [a, b, "no such"])
        assert (facts[a].thumb, facts[a].plays, facts[b].thumb, facts[b].plays) == ("up", 1, "down", 0)
        assert facts.keys() == {a, b}
        assert thumbed_up(db_session, ada.id) == [a]
        assert most_played(db_session, ada.id, "zoe", limit=5) == [a]
        for by in ("plays", "latest", "thumbs"):
            assert albums_by_listening(db_session, ada.id, by, limit=5, offset=0) == ["own\nzoe"]  # type: ignore[arg-type]  # one of them
            assert albums_by_listening(db_session, ada.id, by, limit=5, offset=1) == []  # type: ignore[arg-type]  # one of them
