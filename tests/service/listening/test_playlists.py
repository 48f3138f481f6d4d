import pytest

from service.accounts.people import add_user
from service.errors import InvalidRequest, NotFound
from service.listening.play_queue import read_queue, save_queue
from service.listening.playlists import (
    change_playlist,
    create_playlist,
    delete_playlist,
    list_playlists,
    playlist_tracks,
    replace_tracks,
)
from service.store.database import Database
from service.store.tables import Track, User, utc_now
from tests.service.small_library import add_track


@pytest.fixture
def people(database: Database) -> tuple[User, User]:
    with database.session() as db_session:
        return add_user(db_session, "ada"), add_user(db_session, "ben")


@pytest.fixture
def tracks(database: Database, people: tuple[User, User]) -> list[Track]:
    """Three of the house, and one that was composed for ben."""
    with database.session() as db_session:
        own = [add_track(db_session, title) for title in "abc"]
        return [*own, add_track(db_session, "d", "ben's studio", origin="composed", owner_id=people[1].id)]


def test_a_playlist_is_made_changed_and_deleted_by_its_listener_alone(
    database: Database, people: tuple[User, User], tracks: list[Track]
) -> None:
    ada, ben = people
    a, b, c, bens = (track.id for track in tracks)
    with database.session() as db_session:
        row = create_playlist(db_session, ada.id, "Mine", [a, b, a])
        change_playlist(db_session, ada.id, row.id, name="Ours", comment="", added=[c], removed_positions=[0])
    with database.session() as db_session:
        (listed,) = list_playlists(db_session, ada.id)
        assert (listed.row.name, listed.songs, listed.seconds, listed.cover_track_id) == ("Ours", 3, 600.0, b)
        assert [track.id for track in playlist_tracks(db_session, ada.id, row.id)] == [b, a, c]
        assert list_playlists(db_session, ben.id) == []
        with pytest.raises(NotFound):
            playlist_tracks(db_session, ben.id, row.id)
        with pytest.raises(NotFound):
            delete_playlist(db_session, ben.id, row.id)
        for wrong in ([bens], ["no such"], [a, bens]):
            with pytest.raises(NotFound):
                replace_tracks(db_session, ada.id, row.id, wrong)
        for name in ("", " x", "two\nlines", "x" * 201):
            with pytest.raises(InvalidRequest):
                create_playlist(db_session, ada.id, name)
        with pytest.raises(InvalidRequest):
            change_playlist(db_session, ada.id, row.id, removed_positions=[3])
        with pytest.raises(InvalidRequest):
            change_playlist(db_session, ada.id, row.id, comment="\0")
        delete_playlist(db_session, ada.id, row.id)
        assert list_playlists(db_session, ada.id) == []


def test_places_are_counted_among_what_can_be_played(
    database: Database, people: tuple[User, User], tracks: list[Track]
) -> None:
    ada = people[0]
    a, b, c, _ = (track.id for track in tracks)
    with database.session() as db_session:
        row = create_playlist(db_session, ada.id, "Mine", [a, b, c])
        db_session.get_one(Track, a).missing_since = utc_now()
        change_playlist(db_session, ada.id, row.id, removed_positions=[0])
        assert [track.id for track in playlist_tracks(db_session, ada.id, row.id)] == [c]


def test_a_queue_is_kept_in_place_of_the_one_before(
    database: Database, people: tuple[User, User], tracks: list[Track]
) -> None:
    ada, ben = people
    a, b, c, bens = (track.id for track in tracks)
    with database.session() as db_session:
        save_queue(db_session, ada.id, [a], current=0, position_seconds=1.0, app="one")
        save_queue(db_session, ada.id, [a, b, b], current=2, position_seconds=7.5, app="another" * 99)
    with database.session() as db_session:
        queue = read_queue(db_session, ada.id)
        assert queue is not None
        assert ([track.id for track in queue.tracks], queue.current, queue.position_seconds) == (
            [a, b, b],
            2,
            7.5,
        )
        assert read_queue(db_session, ben.id) is None
        # Of what is gone since nothing is said, and the place moves along.
        db_session.get_one(Track, a).missing_since = utc_now()
        db_session.flush()
        queue = read_queue(db_session, ada.id)
        assert queue is not None
        assert ([track.id for track in queue.tracks], queue.current) == ([b, b], 1)
        with pytest.raises(NotFound):
            save_queue(db_session, ada.id, [bens], current=None, position_seconds=0.0, app="")
        for current, position in ((1, 0.0), (-1, 0.0), (0, -1.0)):
            with pytest.raises(InvalidRequest):
                save_queue(db_session, ada.id, [c], current=current, position_seconds=position, app="")
        save_queue(db_session, ada.id, [], current=None, position_seconds=0.0, app="")
        assert read_queue(db_session, ada.id) is None
