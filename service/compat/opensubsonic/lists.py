"""Lists of albums and songs: new, played, marked, at random, by genre, by words."""

from typing import Literal

from flask import Response
from sqlalchemy.orm import Session

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import needed, shelf, text, whole
from service.compat.opensubsonic.shapes import Shown, album_folders, albums, artists, songs
from service.errors import NotFound
from service.http.authentication import viewer
from service.http.parts import parts
from service.library.albums import Album, AlbumOrder, albums_of, list_albums_by
from service.library.artists import Artist, find_artist, list_all_artists
from service.library.shelves import Shelf
from service.library.songs import list_songs, random_songs, songs_of
from service.listening.favourites import favourites
from service.listening.thumbs import thumbs_in_force
from service.listening.track_facts import albums_by_listening, thumbed_up

_MOST_AT_ONCE = 500
_MOST_FOUND = 5_000
_ORDERS: dict[str, AlbumOrder] = {
    "alphabeticalByName": "name",
    "alphabeticalByArtist": "artist",
    "newest": "newest",
    "random": "random",
    "byGenre": "name",
}
_BY_LISTENING: dict[str, Literal["plays", "latest", "thumbs"]] = {
    "frequent": "plays",
    "recent": "latest",
    "highest": "thumbs",
}
_LATEST_YEAR = 9_999


@method("getAlbumList", "library:read")
def get_album_list() -> Response:
    """Albums as folders."""
    with parts().database.session(read_only=True) as db_session:
        return answer(albumList={"album": album_folders(db_session, _listed_albums(db_session))})


@method("getAlbumList2", "library:read")
def get_album_list_by_tags() -> Response:
    """Albums by their tags."""
    with parts().database.session(read_only=True) as db_session:
        return answer(albumList2={"album": albums(db_session, _listed_albums(db_session))})


@method("getRandomSongs", "library:read")
def get_random_songs() -> Response:
    """Any songs, but none with a thumb down."""
    years = (whole("fromYear", 0, most=_LATEST_YEAR), whole("toYear", _LATEST_YEAR, most=_LATEST_YEAR))
    with parts().database.session(read_only=True) as db_session:
        down = [
            each for each, value in thumbs_in_force(db_session, viewer().user_id).items() if value == "down"
        ]
        drawn = random_songs(
            db_session,
            viewer().user_id,
            shelf=_mixed(shelf()),
            genre=text("genre"),
            years=years if text("fromYear") or text("toYear") else None,
            without=down,
            limit=whole("size", 10, most=_MOST_AT_ONCE),
        )
        return answer(randomSongs={"song": songs(db_session, drawn)})


@method("getSongsByGenre", "library:read")
def get_songs_by_genre() -> Response:
    """Songs of a genre, by title."""
    with parts().database.session(read_only=True) as db_session:
        found = list_songs(
            db_session,
            viewer().user_id,
            shelf=shelf(),
            genre=needed("genre"),
            limit=whole("count", 10, most=_MOST_AT_ONCE),
            offset=whole("offset", 0),
        )
        return answer(songsByGenre={"song": songs(db_session, found)})


@method("getStarred", "library:read")
def get_starred() -> Response:
    """What is marked, albums as folders."""
    with parts().database.session(read_only=True) as db_session:
        return answer(
            starred=_starred(db_session) | {"album": album_folders(db_session, _starred_albums(db_session))}
        )


@method("getStarred2", "library:read")
def get_starred_by_tags() -> Response:
    """What is marked: songs with a thumb up, and the albums and artists that have a star."""
    with parts().database.session(read_only=True) as db_session:
        return answer(
            starred2=_starred(db_session) | {"album": albums(db_session, _starred_albums(db_session))}
        )


@method("search2", "library:read")
def search() -> Response:
    """What has all of the words in its name, albums as folders."""
    with parts().database.session(read_only=True) as db_session:
        return answer(
            searchResult2=_found(db_session) | {"album": album_folders(db_session, _found_albums(db_session))}
        )


@method("search3", "library:read")
def search_by_tags() -> Response:
    """What has all of the words in its name; without words everything, a part at a time, as apps copy a library."""
    with parts().database.session(read_only=True) as db_session:
        return answer(
            searchResult3=_found(db_session) | {"album": albums(db_session, _found_albums(db_session))}
        )


def _listed_albums(db_session: Session) -> list[Album]:
    kind, user_id = needed("type"), viewer().user_id
    limit, offset = whole("size", 10, most=_MOST_AT_ONCE), whole("offset", 0)
    if kind in _BY_LISTENING:
        keys = albums_by_listening(db_session, user_id, _BY_LISTENING[kind], limit=limit, offset=offset)
        return albums_of(db_session, user_id, keys)
    if kind == "starred":
        return _starred_albums(db_session)[offset : offset + limit]
    if kind == "byYear":
        first, last = (
            whole("fromYear", 0, most=_LATEST_YEAR),
            whole("toYear", _LATEST_YEAR, most=_LATEST_YEAR),
        )
        return list_albums_by(
            db_session,
            user_id,
            "year" if first <= last else "year_descending",
            shelf=shelf(),
            years=(min(first, last), max(first, last)),
            limit=limit,
            offset=offset,
        )
    if kind not in _ORDERS:
        raise Fault(Code.GENERIC, "There is no list of albums of that type.")
    genre = needed("genre") if kind == "byGenre" else None
    return list_albums_by(
        db_session, user_id, _ORDERS[kind], shelf=shelf(), genre=genre, limit=limit, offset=offset
    )


def _mixed(asked: Shelf | None) -> Shelf | None:
    """Where nobody said which folder, composed music comes along if the listener wants it mixed in."""
    return "catalogue" if asked is None and viewer().composed_policy != "mix" else asked


def _starred(db_session: Session) -> dict[str, list[Shown]]:
    user_id = viewer().user_id
    of_shelf = shelf()
    liked = [
        track
        for track in songs_of(db_session, user_id, thumbed_up(db_session, user_id))
        if of_shelf in (None, track.origin)
    ]
    marked: list[Artist] = []
    for key in favourites(db_session, user_id, "artist"):
        try:
            marked.append(find_artist(db_session, user_id, key))
        except NotFound:
            # Its tracks have gone; it is there again when they are.
            continue
    return {"artist": artists(db_session, marked), "song": songs(db_session, liked)}


def _starred_albums(db_session: Session) -> list[Album]:
    marked = favourites(db_session, viewer().user_id, "album")
    return albums_of(db_session, viewer().user_id, list(marked))


def _query() -> str | None:
    """Some apps ask for everything by two quotation marks, and some end words with an asterisk."""
    return (text("query") or "").replace('"', "").replace("*", " ").strip() or None


def _found(db_session: Session) -> dict[str, list[Shown]]:
    user_id = viewer().user_id
    offset, count = whole("artistOffset", 0), whole("artistCount", 20, most=_MOST_FOUND)
    found = list_all_artists(db_session, user_id, shelf=shelf(), query=_query()) if count else []
    tracks = list_songs(
        db_session,
        user_id,
        shelf=shelf(),
        query=_query(),
        limit=whole("songCount", 20, most=_MOST_FOUND),
        offset=whole("songOffset", 0),
    )
    return {"artist": artists(db_session, found[offset : offset + count]), "song": songs(db_session, tracks)}


def _found_albums(db_session: Session) -> list[Album]:
    return list_albums_by(
        db_session,
        viewer().user_id,
        "name",
        shelf=shelf(),
        query=_query(),
        limit=whole("albumCount", 20, most=_MOST_FOUND),
        offset=whole("albumOffset", 0),
    )
