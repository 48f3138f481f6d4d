from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.errors import Conflict, InvalidRequest, NotFound
from service.listening.playback import MOST_EVENTS, PlaybackTold, record_playback
from service.store.database import Database
from service.store.tables import Job, Listen, PlaybackEvent, Track, User
from tests.service.small_library import add_listener, add_track

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(track: Track, kind: str, position: float = 0.0, key: str = "play-1") -> PlaybackTold:
    return PlaybackTold(track.id, key, kind, position, NOON + timedelta(seconds=position))


@pytest.fixture
def ada(database: Database) -> User:
    return add_listener(database)


@pytest.fixture
def track(database: Database) -> Track:
    with database.session() as db_session:
        return add_track(db_session, "Song", "Artist")


def record(database: Database, user: User, *events: PlaybackTold) -> int:
    with database.session() as db_session:
        return record_playback(db_session, user.id, events)


def listens(database: Database) -> list[Listen]:
    with database.session(read_only=True) as db_session:
        return list(db_session.scalars(select(Listen).order_by(Listen.listened_at)))


def test_a_play_to_its_end_is_one_listen_that_began_when_it_began(
    database: Database, ada: User, track: Track
) -> None:
    assert record(database, ada, told(track, "start"), told(track, "progress", 60.0)) == 2
    assert listens(database) == []
    assert record(database, ada, told(track, "end", 200.0)) == 1
    [listen] = listens(database)
    assert (listen.track_id, listen.listened_at, listen.played_seconds) == (track.id, NOON, 200.0)
    assert (listen.skipped, listen.source) == (False, "player")


@pytest.mark.parametrize(("position", "skipped"), [(20.0, True), (150.0, False)])
def test_a_skip_counts_as_one_only_before_half_the_track(
    position: float, skipped: bool, database: Database, ada: User, track: Track
) -> None:
    record(database, ada, told(track, "skip", position))
    [listen] = listens(database)
    assert (listen.skipped, listen.listened_at) == (skipped, NOON)


def test_the_same_told_again_adds_nothing(database: Database, ada: User, track: Track) -> None:
    events = told(track, "start"), told(track, "end", 200.0)
    assert record(database, ada, *events) == 2
    assert record(database, ada, *events) == 0
    assert len(listens(database)) == 1


def test_one_play_is_one_listen_however_often_it_ends(database: Database, ada: User, track: Track) -> None:
    record(database, ada, told(track, "start"), told(track, "end", 199.0))
    assert record(database, ada, told(track, "end", 200.0), told(track, "skip", 200.0)) == 2
    assert len(listens(database)) == 1


def test_a_listen_raises_the_lists_revision_and_asks_for_the_taste_once(
    database: Database, ada: User, track: Track
) -> None:
    for day in (1, 2):
        record(database, ada, PlaybackTold(track.id, f"play-{day}", "end", 200.0, NOON + timedelta(days=day)))
    with database.session(read_only=True) as db_session:
        assert db_session.get_one(User, ada.id).list_revision == 2
        [job] = db_session.scalars(select(Job)).all()
        assert (job.kind, job.user_id) == ("update_taste", ada.id)


def test_tracks_of_others_and_unknown_ones_are_not_there_and_nothing_is_stored(
    database: Database, ada: User, track: Track
) -> None:
    bob = add_listener(database, "bob")
    with database.session() as db_session:
        bobs = add_track(db_session, "Piece", origin="composed", owner_id=bob.id)
    with pytest.raises(NotFound):
        record(database, ada, told(track, "start"), told(bobs, "start"))
    with database.session(read_only=True) as db_session:
        assert db_session.scalar(select(func.count()).select_from(PlaybackEvent)) == 0


def test_what_is_no_event_is_refused(database: Database, ada: User, track: Track) -> None:
    wrong = [
        told(track, "pause"),
        told(track, "start", key=""),
        told(track, "start", key="x" * 65),
        PlaybackTold(track.id, "k", "start", -1.0, NOON),
        PlaybackTold(track.id, "k", "start", float("nan"), NOON),
        PlaybackTold(track.id, "k", "start", 0.0, NOON.replace(tzinfo=None)),
    ]
    for event in wrong:
        with pytest.raises(InvalidRequest) as caught:
            record(database, ada, event)
        assert caught.value.code == "bad_playback_event"
    with pytest.raises(Conflict, match="still to come"):
        record(
            database, ada, PlaybackTold(track.id, "k", "start", 0.0, datetime.now(UTC) + timedelta(days=1))
        )
    with pytest.raises(InvalidRequest) as caught:
        record(database, ada, *[told(track, "start")] * (MOST_EVENTS + 1))
    assert caught.value.code == "too_many_events"
