from sqlalchemy import update

from service.library.browsing import list_albums, list_artists, list_tracks, place_of, search
from service.store.database import Database
from service.store.tables import Track, User
from tests.service.small_library import add_listener, add_track


def _titles(tracks: list[Track]) -> list[str | None]:
    return [track.title for track in tracks]


def _listed(database: Database, user: User, **wishes: object) -> list[str | None]:
    with database.session(read_only=True) as db_session:
        return _titles(list_tracks(db_session, user.id, **wishes))  # type: ignore[arg-type]  # checked by the function


def test_pages_hold_every_track_once_and_in_order_whatever_case_and_accents(database: Database) -> None:
    user = add_listener(database)
    titles = ["étude", "Zebra", "apple", None, "Apple", "etude", "Östlich", "100%", "apple"]
    with database.session() as db_session:
        for title in titles:
            add_track(db_session, title)

    found: list[Track] = []
    with database.session(read_only=True) as db_session:
        while page := list_tracks(db_session, user.id, after=place_of(found[-1]) if found else None, limit=2):
            found += page

    assert [title and title.casefold() for title in _titles(found)] == [
        None,
        "100%",
        "apple",
        "apple",
        "apple",
        found[5].title,
        found[6].title,
        "östlich",
        "zebra",
    ]
    assert len({track.id for track in found}) == len(titles)


def test_every_word_is_found_in_title_artist_or_album_and_wildcards_are_letters(database: Database) -> None:
    user = add_listener(database)
    with database.session() as db_session:
        add_track(db_session, "Jóga", "Björk", album="Homogenic")
        add_track(db_session, "100% pure", "Crystal_Waters")
        add_track(db_session, "1000 pure", "CrystalxWaters")

    assert _listed(database, user, query="BJORK joga") == ["Jóga"]
    assert _listed(database, user, query="homo") == ["Jóga"]
    assert _listed(database, user, query="björk pure") == []
    assert _listed(database, user, query="100%") == ["100% pure"]
    assert _listed(database, user, query="l_w") == ["100% pure"]
    assert _listed(database, user, query="\\") == []
    assert _listed(database, user, query="' OR 1=1 --") == []


def test_tracks_of_an_origin_an_artist_and_an_album(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        add_track(db_session, "b", "Nina", album="One")
        add_track(db_session, "a", "NINA", album="One and more")
        add_track(db_session, "made", "studio", origin="composed", owner_id=ada.id)
        add_track(db_session, "other", "studio", origin="composed", owner_id=ben.id)

    assert _listed(database, ada, origin="composed") == ["made"]
    assert _listed(database, ada, origin="catalogue") == ["a", "b"]
    assert _listed(database, ada, artist="nina") == ["a", "b"]
    assert _listed(database, ada, album="one") == ["b"]
    assert _listed(database, ada, artist="nin") == []
    assert _listed(database, ada, query="studio") == ["made"]


def test_artists_and_albums_are_counted_over_what_the_listener_may_see(database: Database) -> None:
    ada, ben = add_listener(database, "ada"), add_listener(database, "ben")
    with database.session() as db_session:
        for title in ("x", "y"):
            add_track(db_session, title, "Queen", album="Hits", year=1981)
        add_track(db_session, "z", "Abba", album="Hits", album_artist="ABBA", year=1992)
        add_track(db_session, "guest", "David", album="Hits", album_artist="Queen")
        add_track(db_session, "loose", None)
        add_track(db_session, "made", "secret studio", album="for ben", origin="composed", owner_id=ben.id)

    with database.session(read_only=True) as db_session:
        artists = list_artists(db_session, ada.id)
        first = list_artists(db_session, ada.id, limit=1)
        rest = list_artists(db_session, ada.id, after=first[0].place)
        albums = list_albums(db_session, ada.id)
        with_david = list_albums(db_session, ada.id, artist="david")
        found = search(db_session, ada.id, "queen")
        hidden = search(db_session, ada.id, "secret")

    assert [(each.name, each.tracks) for each in artists] == [("Abba", 1), ("David", 1), ("Queen", 2)]
    assert first + rest == artists
    assert [(each.name, each.artist, each.tracks) for each in albums] == [
        ("Hits", "ABBA", 1),
        ("Hits", "Queen", 3),
    ]
    assert [each.artist for each in with_david] == ["Queen"]
    assert [each.name for each in found.artists] == ["Queen"]
    assert [each.artist for each in found.albums] == ["Queen"]
    assert (hidden.tracks, hidden.artists, hidden.albums) == ([], [], [])


def test_a_track_that_is_renamed_is_found_by_its_new_name(database: Database) -> None:
    user = add_listener(database)
    with database.session() as db_session:
        track = add_track(db_session, "before")
        track.title = "After"

    assert _listed(database, user, query="after") == ["After"]
    assert _listed(database, user, query="before") == []


def test_the_longest_names_fit_into_the_indexes(database: Database) -> None:
    user = add_listener(database)
    name = "".join(chr(0x20000 + number) for number in range(500))
    with database.session() as db_session:
        track = add_track(db_session, name, name, album=name, album_artist=name)
        db_session.execute(update(Track).where(Track.id == track.id).values(bit_rate=1))

    assert _listed(database, user, query=name[:10]) == [name]
