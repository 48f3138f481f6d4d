from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest
from sqlalchemy import func, select

from service.errors import InvalidRequest, NotFound
from service.listening.thumbs import (
    THUMBS_TO_LEARN_FROM,
    house_thumbs,
    set_thumb,
    thumbed_since,
    thumbs_in_force,
)
from service.store.database import Database
from service.store.tables import Job, Thumb, utc_now
from tests.service.small_library import add_listener, add_track


def test_the_latest_thumb_is_in_force_and_clear_takes_it_back(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        one, other = (add_track(db_session, title).id for title in ("one", "other"))
        for track, value in ((one, "up"), (other, "down"), (one, "down"), (one, "up")):
            assert set_thumb(db_session, ada.id, track, value)
        assert thumbs_in_force(db_session, ada.id) == {one: "up", other: "down"}
        assert set_thumb(db_session, ada.id, one, "clear")
        assert thumbs_in_force(db_session, ada.id) == {other: "down"}
        assert db_session.scalar(select(func.count()).select_from(Thumb)) == 5


def test_saying_the_same_again_changes_nothing(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        track = add_track(db_session, "one").id
        assert not set_thumb(db_session, ada.id, track, "clear")
        assert set_thumb(db_session, ada.id, track, "up")
        assert not set_thumb(db_session, ada.id, track, "up")
        assert db_session.scalar(select(func.count()).select_from(Thumb)) == 1


def test_a_thumb_is_its_listeners_own(database: Database) -> None:
    ada, bob = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        track = add_track(db_session, "one").id
        set_thumb(db_session, ada.id, track, "down")
        assert thumbs_in_force(db_session, bob.id) == {}


def test_it_is_known_whether_a_thumb_was_set_since_a_moment(database: Database) -> None:
    ada = add_listener(database)
    now = datetime.now(UTC)
    with database.session() as db_session:
        track = add_track(db_session, "one").id
        set_thumb(db_session, ada.id, track, "up")
        assert thumbed_since(db_session, ada.id, track, now - timedelta(hours=1))
        assert not thumbed_since(db_session, ada.id, track, now + timedelta(hours=1))


def test_unknown_values_and_tracks_of_others_are_refused(database: Database) -> None:
    ada, bob = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        composed = add_track(db_session, "piece", origin="composed", owner_id=bob.id).id
        with pytest.raises(NotFound):
            set_thumb(db_session, ada.id, composed, "up")
        with pytest.raises(InvalidRequest):
            set_thumb(db_session, bob.id, composed, "sideways")


def test_where_a_thumb_was_pressed_is_kept(database: Database) -> None:
    user = add_listener(database)
    with database.session() as db_session:
        track_id = add_track(db_session, "A").id
        set_thumb(db_session, user.id, track_id, "down", context="list", position_seconds=12.5)
    with database.session(read_only=True) as db_session:
        thumb = db_session.scalars(select(Thumb)).one()
    assert (thumb.context, thumb.position_seconds) == ("list", 12.5)


def test_the_ranker_is_trained_after_twenty_new_thumbs_and_again_after_twenty_more(
    database: Database,
) -> None:
    user = add_listener(database)
    values = cycle(["up", "down"])

    def press(times: int) -> int:
        with database.session() as db_session:
            for _ in range(times):
                set_thumb(db_session, user.id, track_id, next(values))
            return db_session.scalar(
                select(func.count()).where(Job.kind == "train_ranker", Job.state == "queued")
            )

    with database.session() as db_session:
        track_id = add_track(db_session, "A").id
    assert press(THUMBS_TO_LEARN_FROM - 1) == 0
    assert press(3) == 1
    with database.session() as db_session:
        job = db_session.scalars(select(Job)).one()
        job.state, job.started_at, job.finished_at = "done", utc_now(), utc_now()
    assert press(THUMBS_TO_LEARN_FROM - 1) == 0
    assert press(1) == 1


def test_what_others_think_is_counted_as_of_a_moment(database: Database) -> None:
    ada, bob, eve = (add_listener(database, name) for name in ("ada", "bob", "eve"))
    with database.session() as db_session:
        one, other = (add_track(db_session, title).id for title in ("one", "other"))
        for user, track, value in (
            (bob, one, "up"),
            (eve, one, "down"),
            (eve, one, "up"),
            (ada, one, "down"),
            (bob, other, "up"),
        ):
            set_thumb(db_session, user.id, track, value)
        moment = utc_now()
        set_thumb(db_session, bob.id, other, "clear")
        assert house_thumbs(db_session, ada.id, [one, other], moment) == {one: (2, 0), other: (1, 0)}
        assert house_thumbs(db_session, ada.id, [one, other], utc_now()) == {one: (2, 0), other: (0, 0)}
        assert house_thumbs(db_session, bob.id, [other], moment) == {}
