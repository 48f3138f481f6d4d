"""Artists as a listener sees them: those of tracks and those of albums."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.library.albums import plays_on
from service.library.browsing import search_words
from service.library.shelves import Shelf, on_shelf
from service.store.tables import Track

UNKNOWN_ARTIST = "Unknown artist"


@dataclass(frozen=True)
class Artist:
    """An artist, under the key that the name is found by, with how many albums; ``cover_track_id`` is for a picture."""

    key: str
    name: str
    albums: int
    cover_track_id: str


def list_all_artists(
    db_session: Session, user_id: str, *, shelf: Shelf | None = None, query: str | None = None
) -> list[Artist]:
    """All artists by name; who has tracks without a name of their artist comes under "Unknown artist"."""
    rows = db_session.execute(
        select(
            Track.artist_text,
            Track.album_text,
            func.min(Track.artist),
            func.min(_ALBUM_ARTIST),
            func.min(Track.id),
        )
        .where(on_shelf(user_id, shelf))
        .group_by(Track.artist_text, Track.album_text)
    )
    found: dict[str, Artist] = {}
    albums: dict[str, set[str]] = {}
    for artist_key, album_key, artist, album_artist, track_id in rows:
        for key, name in {
            artist_key: artist,
            (album_key.partition("\n")[2] or artist_key): album_artist,
        }.items():
            known = found.setdefault(key, Artist(key, name or UNKNOWN_ARTIST, 0, track_id))
            if track_id < known.cover_track_id:
                found[key] = replace(known, cover_track_id=track_id)
            albums.setdefault(key, set()).add(album_key)
    words = search_words(query)
    return [
        replace(artist, albums=len(albums[key]))
        for key, artist in sorted(found.items())
        if all(word in key for word in words)
    ]


_ALBUM_ARTIST = func.coalesce(Track.album_artist, Track.artist)


def find_artist(db_session: Session, user_id: str, key: str) -> Artist:
    """The artist of this key. Raises NotFound (``unknown_artist``)."""
    row = db_session.execute(
        select(
            func.min(case((Track.artist_text == key, Track.artist))),
            func.min(_ALBUM_ARTIST),
            func.count(Track.album_text.distinct()),
            func.min(Track.id),
        ).where(on_shelf(user_id), plays_on(key))
    ).one()
    name, album_artist, albums, track_id = row
    if track_id is None:
        raise NotFound("There is no such artist.", code="unknown_artist")
    return Artist(key, name or (album_artist if key else None) or UNKNOWN_ARTIST, albums, track_id)


def artists_of(db_session: Session, user_id: str, keys: Sequence[str]) -> list[Artist]:
    """The artists of these keys that have tracks of their own, in the order of the keys."""
    rows = db_session.execute(
        select(
            Track.artist_text,
            func.min(Track.artist),
            func.count(Track.album_text.distinct()),
            func.min(Track.id),
        )
        .where(on_shelf(user_id), Track.artist_text.in_(keys))
        .group_by(Track.artist_text)
    )
    found = {
        key: Artist(key, name or UNKNOWN_ARTIST, albums, track_id) for key, name, albums, track_id in rows
    }
    return [found[key] for key in keys if key in found]


def songs_of_artist(db_session: Session, user_id: str, key: str, *, limit: int) -> list[Track]:
    """Tracks by this artist, by title."""
    return list(
        db_session.scalars(
            select(Track)
            .where(on_shelf(user_id), Track.artist_text == key)
            .order_by(Track.track_text, Track.id)
            .limit(limit)
        )
    )


def changed_at(db_session: Session, user_id: str) -> datetime | None:
    """When anything that the listener sees last changed; None where there is nothing."""
    return db_session.scalar(select(func.max(Track.updated_at)).where(on_shelf(user_id)))
