"""The library by its artists, albums and genres, and as if it lay in folders."""

from flask import Response
from sqlalchemy.orm import Session

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.ids import key_of, read_id
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import SHELF_NAMES, SHELVES, needed, shelf, whole
from service.compat.opensubsonic.shapes import (
    Shown,
    album,
    album_folders,
    albums,
    artist,
    artists,
    songs,
)
from service.http.authentication import viewer
from service.http.parts import parts
from service.library.albums import Album, albums_of, find_album, list_albums_by, songs_of_album
from service.library.artists import changed_at, find_artist, list_all_artists, songs_of_artist
from service.library.shelves import Shelf
from service.library.songs import list_genres
from service.library.visibility import find_track
from service.listening.favourites import favourites

IGNORED_ARTICLES = ""
_MOST_ALBUMS_OF_AN_ARTIST = 2_000
_NO_LETTER = "#"


@method("getArtists", "library:read")
def get_artists() -> Response:
    """All artists, by their first letters."""
    with parts().database.session(read_only=True) as db_session:
        return answer(artists={"ignoredArticles": IGNORED_ARTICLES, "index": _index(db_session, shelf())})


@method("getIndexes", "library:read")
def get_indexes() -> Response:
    """The same, for apps that look at a library as folders; nothing where nothing changed since they asked."""
    since = whole("ifModifiedSince", 0)
    with parts().database.session(read_only=True) as db_session:
        changed = changed_at(db_session, viewer().user_id)
        changed_ms = 0 if changed is None else int(changed.timestamp() * 1000)
        index = _index(db_session, shelf()) if changed_ms > since or not since else []
    return answer(indexes={"ignoredArticles": IGNORED_ARTICLES, "lastModified": changed_ms, "index": index})


@method("getArtist", "library:read")
def get_artist() -> Response:
    """An artist's albums."""
    key = key_of(needed("id"), "artist")
    with parts().database.session(read_only=True) as db_session:
        found = find_artist(db_session, viewer().user_id, key)
        marked = favourites(db_session, viewer().user_id, "artist").get(key)
        return answer(artist=artist(found, marked) | {"album": _albums_of(db_session, key)})


@method("getAlbum", "library:read")
def get_album() -> Response:
    """An album's songs."""
    key = key_of(needed("id"), "album")
    with parts().database.session(read_only=True) as db_session:
        found = find_album(db_session, viewer().user_id, key)
        marked = favourites(db_session, viewer().user_id, "album").get(key)
        on_it = songs(db_session, songs_of_album(db_session, viewer().user_id, key))
        return answer(album=album(found, marked) | {"song": on_it})


@method("getSong", "library:read")
def get_song() -> Response:
    """One song."""
    with parts().database.session(read_only=True) as db_session:
        track = find_track(db_session, viewer().user_id, key_of(needed("id"), "song"))
        return answer(song=songs(db_session, [track])[0])


@method("getGenres", "library:read")
def get_genres() -> Response:
    """All genres that the tags name."""
    with parts().database.session(read_only=True) as db_session:
        found = [
            {"value": genre.name, "songCount": genre.songs, "albumCount": genre.albums}
            for genre in list_genres(db_session, viewer().user_id)
        ]
    return answer(genres={"genre": found})


@method("getMusicDirectory", "library:read")
def get_music_directory() -> Response:
    """What lies in a music folder, below an artist, or on an album."""
    given = needed("id")
    item = read_id(given)
    user_id = viewer().user_id
    with parts().database.session(read_only=True) as db_session:
        if item.kind == "shelf":
            return answer(directory=_shelf_directory(db_session, given))
        if item.kind == "artist":
            found = find_artist(db_session, user_id, item.key)
            within = album_folders(db_session, _found_albums(db_session, item.key))
            strays = [
                track
                for track in songs_of_artist(db_session, user_id, item.key, limit=_MOST_ALBUMS_OF_AN_ARTIST)
                if not track.album_text
            ]
            children = within + songs(db_session, strays)
            return answer(directory={"id": given, "name": found.name, "child": children})
        if item.kind == "album":
            held = album(find_album(db_session, user_id, item.key))
            children = songs(db_session, songs_of_album(db_session, user_id, item.key))
            return answer(
                directory={"id": given, "parent": held["artistId"], "name": held["name"], "child": children}
            )
    raise Fault(Code.NOT_FOUND, "There is no such folder.")


@method("getAlbumInfo", "library:read")
def get_album_info() -> Response:
    """Of albums nothing more is known than what their tags say."""
    return _album_info()


@method("getAlbumInfo2", "library:read")
def get_album_info_by_tags() -> Response:
    """As `get_album_info`."""
    return _album_info()


def _album_info() -> Response:
    item = read_id(needed("id"))
    with parts().database.session(read_only=True) as db_session:
        if item.kind == "album":
            find_album(db_session, viewer().user_id, item.key)
        else:
            find_track(db_session, viewer().user_id, item.key)
    return answer(albumInfo={})


def _shelf_directory(db_session: Session, given: str) -> Shown:
    found = SHELVES.get(int(given))
    if found is None:
        raise Fault(Code.NOT_FOUND, "There is no such music folder.")
    listed = artists(db_session, list_all_artists(db_session, viewer().user_id, shelf=found))
    children = [
        {"id": each["id"], "parent": given, "isDir": True, "title": each["name"], "artist": each["name"]}
        for each in listed
    ]
    return {"id": given, "name": SHELF_NAMES[found], "child": children}


def _index(db_session: Session, of_shelf: Shelf | None) -> list[Shown]:
    letters: dict[str, list[Shown]] = {}
    for each in artists(db_session, list_all_artists(db_session, viewer().user_id, shelf=of_shelf)):
        first = str(each["sortName"])[:1].upper()
        letters.setdefault(first if first.isalpha() else _NO_LETTER, []).append(each)
    return [{"name": letter, "artist": listed} for letter, listed in sorted(letters.items())]


def _found_albums(db_session: Session, artist_key: str) -> list[Album]:
    return list_albums_by(
        db_session, viewer().user_id, "year", artist_key=artist_key, limit=_MOST_ALBUMS_OF_AN_ARTIST
    )


def _albums_of(db_session: Session, artist_key: str) -> list[Shown]:
    strays = albums_of(db_session, viewer().user_id, [f"\n{artist_key}"])
    return albums(db_session, [*_found_albums(db_session, artist_key), *strays])
