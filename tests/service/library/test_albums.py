import pytest

from service.accounts.people import add_user
from service.errors import NotFound
from service.library.albums import albums_of, find_album, key_for, list_albums_by, songs_of_album
from service.library.artists import find_artist, list_all_artists
from service.library.songs import list_genres, list_songs, random_songs, songs_of
from service.store.database import Database
from service.store.tables import User, utc_now
from tests.service.small_library import add_track


@pytest.fixture
def ada(database: Database) -> User:
    """ada, in a house with two albums, one track without an album, and a piece that was composed for ben."""
    with database.session() as db_session:
        ada, ben = add_user(db_session, "ada"), add_user(db_session, "ben")
        many = {"album": "Many", "album_artist": "Various", "genre": "Pop", "year": 2001}
        add_track(db_session, "b", "Björk", **many, track_number=2)
        add_track(db_session, "a", "Zoe", **many, track_number=1)
        add_track(db_session, "c", "Zoe", album="Own", year=1990, genre="pop")
        add_track(db_session, "d", "Zoe")
        add_track(db_session, "gone", "Nobody", album="Gone", missing_since=utc_now())
        studio = {"origin": "composed", "album": "Composed", "genre": "Secret"}
        add_track(db_session, "e", "ben's studio", owner_id=ben.id, **studio)
    return ada


def _names(database: Database, user: User, order: str, **wanted: object) -> list[str]:
    with database.session(read_only=True) as db_session:
        found = list_albums_by(db_session, user.id, order, limit=10, **wanted)  # type: ignore[arg-type]  # what is tested
    return [album.name for album in found]


def test_albums_come_in_each_order_without_what_is_not_to_be_played(database: Database, ada: User) -> None:
    assert _names(database, ada, "name") == ["Many", "Own"]
    assert _names(database, ada, "artist") == ["Many", "Own"]
    assert _names(database, ada, "newest") == ["Own", "Many"]
    assert _names(database, ada, "year") == ["Own", "Many"]
    assert _names(database, ada, "year_descending") == ["Many", "Own"]
    assert sorted(_names(database, ada, "random")) == ["Many", "Own"]
    assert _names(database, ada, "name", years=(1980, 1999)) == ["Own"]
    assert _names(database, ada, "name", genre="POP") == ["Many", "Own"]
    assert _names(database, ada, "name", query="various") == ["Many"]
    assert _names(database, ada, "name", query="%") == []
    assert _names(database, ada, "name", shelf="composed") == []
    assert _names(database, ada, "name", offset=1) == ["Own"]


def test_an_album_has_its_songs_in_order_and_one_artist(database: Database, ada: User) -> None:
    key = key_for("MANY", "various")
    with database.session(read_only=True) as db_session:
        album = find_album(db_session, ada.id, key)
        assert [track.title for track in songs_of_album(db_session, ada.id, key)] == ["a", "b"]
        assert (album.artist, album.artist_key, album.songs, album.seconds) == (
            "Various",
            "various",
            2,
            400.0,
        )
        assert albums_of(db_session, ada.id, ["nothing\nhere"]) == []
        for absent in (key_for("Composed", "ben's studio"), key_for("Gone", "Nobody"), "", "\n"):
            with pytest.raises(NotFound):
                find_album(db_session, ada.id, absent)


def test_artists_are_those_of_tracks_and_those_of_albums(database: Database, ada: User) -> None:
    with database.session(read_only=True) as db_session:
        artists = {artist.name: artist.albums for artist in list_all_artists(db_session, ada.id)}
        assert artists == {"Björk": 1, "Various": 1, "Zoe": 3}
        assert find_artist(db_session, ada.id, "various").name == "Various"
        assert [artist.name for artist in list_all_artists(db_session, ada.id, query="bjork")] == ["Björk"]
        albums = list_albums_by(db_session, ada.id, "year", artist_key="zoe", limit=10)
        strays = albums_of(db_session, ada.id, ["\nzoe"])
        assert [album.name for album in (*albums, *strays)] == ["Own", "Many", "Without an album"]
        assert [track.title for track in songs_of_album(db_session, ada.id, "\nzoe")] == ["d"]
        with pytest.raises(NotFound):
            find_artist(db_session, ada.id, "ben's studio")


def test_songs_are_found_counted_by_genre_and_drawn(database: Database, ada: User) -> None:
    with database.session(read_only=True) as db_session:
        everything = list_songs(db_session, ada.id, limit=10)
        assert [track.title for track in everything] == ["a", "b", "c", "d"]
        assert [track.title for track in list_songs(db_session, ada.id, limit=2, offset=3)] == ["d"]
        assert [(genre.songs, genre.albums) for genre in list_genres(db_session, ada.id)] == [(3, 2)]
        drawn = random_songs(db_session, ada.id, without=[everything[0].id], years=(1900, 2100), limit=9)
        assert {track.title for track in drawn} == {"b", "c"}
        ids = [everything[1].id, "no such", everything[0].id, everything[1].id]
        assert [track.title for track in songs_of(db_session, ada.id, ids)] == ["b", "a", "b"]
