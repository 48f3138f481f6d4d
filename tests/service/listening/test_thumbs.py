from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.errors import InvalidRequest, NotFound
from service.listening.thumbs import set_thumb, thumbed_since, thumbs_in_force
from service.store.database import Database
from service.store.tables import Thumb
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
