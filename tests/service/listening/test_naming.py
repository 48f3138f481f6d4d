import pytest

from service.errors import Conflict, NotFound
from service.listening.naming import find_track
from service.store.database import Database
from tests.service.small_library import add_listener, add_track


def test_a_track_is_found_by_id_by_title_and_by_artist_and_title(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        track = add_track(db_session, "Für Elise", "Beethoven")
        for name in (track.id, "Für Elise", "fur elise", "Beethoven - Für Elise"):
            assert find_track(db_session, ada.id, name).id == track.id


def test_an_exact_title_wins_over_one_that_is_merely_alike(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        add_track(db_session, "SONG", "One")
        exact = add_track(db_session, "Song", "Two")
        assert find_track(db_session, ada.id, "Song").id == exact.id


def test_a_title_of_several_tracks_is_a_conflict_that_names_them(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        first = add_track(db_session, "Song", "One")
        add_track(db_session, "Song", "Two")
        with pytest.raises(Conflict, match=f"2 tracks are called 'Song'.*One: {first.id}"):
            find_track(db_session, ada.id, "Song")


def test_tracks_composed_for_others_cannot_be_named(database: Database) -> None:
    ada, bob = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        track = add_track(db_session, "Piece", origin="composed", owner_id=bob.id)
        add_track(db_session, title=None)
        for name in ("Piece", track.id, "piece", "", "\udcff", "a\x00b"):
            with pytest.raises(NotFound):
                find_track(db_session, ada.id, name)
