"""Albums as a listener sees them: by what they are sorted by, what is on them, whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.library.browsing import has_words
from service.library.shelves import Shelf, on_shelf
from service.store.search_text import folded
from service.store.tables import Track

AlbumOrder = Literal["name", "artist", "newest", "random", "year", "year_descending"]


@dataclass(frozen=True)
class Album:
    """An album. ``key`` is what it is found by; ``cover_track_id`` names one of its tracks, for its cover.

    Tracks of no album that have the same artist are one too, with a key that begins with a new line.
    """

    key: str
    name: str
    artist: str | None
    year: int | None
    genre: str | None
    songs: int
    seconds: float
    added_at: datetime
    cover_track_id: str

    @property
    def artist_key(self) -> str:
        """What its artist is found by."""
        return self.key.partition("\n")[2]


def list_albums_by(
    db_session: Session,
    user_id: str,
    order: AlbumOrder,
    *,
    shelf: Shelf | None = None,
    query: str | None = None,
    genre: str | None = None,
    years: tuple[int, int] | None = None,
    artist_key: str | None = None,
    limit: int,
    offset: int = 0,
) -> list[Album]:
    """Albums in this order, a part at a time. ``years`` are the first and the last that count; ``query`` is of words."""
    keys = select(Track.album_text).where(
        on_shelf(user_id, shelf), Track.album_text > "", *has_words(Track.album_text, query)
    )
    if genre is not None:
        keys = keys.where(func.lower(Track.genre) == func.lower(genre))
    if artist_key is not None:
        by_artist = select(Track.album_text).where(plays_on(artist_key))
        keys = keys.where(Track.album_text.in_(by_artist))
    keys = keys.group_by(Track.album_text)
    if years is not None:
        keys = keys.having(func.min(Track.year).between(*years))
    ordered = keys.order_by(*_ORDERS[order](), Track.album_text).limit(limit).offset(offset)
    return albums_of(db_session, user_id, list(db_session.scalars(ordered)))


def plays_on(artist_key: str) -> ColumnElement[bool]:
    """The condition on `Track` that it is by this artist, or on an album that is."""
    own = Track.artist_text == artist_key
    return own | Track.album_text.endswith(f"\n{artist_key}", autoescape=True) if artist_key else own


_ORDERS: dict[AlbumOrder, Any] = {
    "name": lambda: (),
    "artist": lambda: (func.min(func.lower(func.coalesce(Track.album_artist, Track.artist))),),
    "newest": lambda: (func.max(Track.created_at).desc(),),
    "random": lambda: (func.random(),),
    "year": lambda: (func.min(Track.year),),
    "year_descending": lambda: (func.min(Track.year).desc(),),
}

_FACTS: tuple[ColumnElement[Any], ...] = (
    func.min(Track.album),
    func.min(func.coalesce(Track.album_artist, Track.artist)),
    func.min(Track.year),
    func.min(Track.genre),
    func.count(),
    func.sum(Track.duration_seconds),
    func.min(Track.created_at),
    func.min(Track.id),
)


def albums_of(db_session: Session, user_id: str, keys: Sequence[str]) -> list[Album]:
    """The albums of these keys that the listener has anything of, in the order of the keys."""
    rows = db_session.execute(
        select(Track.album_text, *_FACTS)
        .where(on_shelf(user_id), Track.album_text.in_([key for key in keys if not key.startswith("\n")]))
        .group_by(Track.album_text)
    )
    found = {row[0]: Album(row[0], *row[1:]) for row in rows if row[0]}
    for key in keys:
        if key.startswith("\n"):
            found.update(_without_an_album(db_session, user_id, key))
    return [found[key] for key in keys if key in found]


def find_album(db_session: Session, user_id: str, key: str) -> Album:
    """The album of this key. Raises NotFound (``unknown_album``)."""
    for album in albums_of(db_session, user_id, [key]):
        return album
    raise NotFound("There is no such album.", code="unknown_album")


def songs_of_album(db_session: Session, user_id: str, key: str) -> list[Track]:
    """Its tracks in the order of the album."""
    return list(
        db_session.scalars(
            select(Track)
            .where(on_shelf(user_id), _is_on(key))
            .order_by(
                func.coalesce(Track.disc_number, 1),
                func.coalesce(Track.track_number, 0),
                Track.track_text,
                Track.id,
            )
        )
    )


def album_key_of(track: Track) -> str:
    """The key of the album that the track is on."""
    return track.album_text or f"\n{track.artist_text}"


def key_for(album: str, artist: str) -> str:
    """The key of the album of this name by this artist."""
    return f"{folded(album)}\n{folded(artist)}"


def _is_on(key: str) -> ColumnElement[bool]:
    if key.startswith("\n"):
        return (Track.album_text == "") & (Track.artist_text == key[1:])
    return Track.album_text == key


def _without_an_album(db_session: Session, user_id: str, key: str) -> dict[str, Album]:
    statement: Select[*tuple[Any, ...]] = select(*_FACTS).where(on_shelf(user_id), _is_on(key))
    _, *facts = db_session.execute(statement).one()
    return {key: Album(key, "Without an album", *facts)} if facts[3] else {}
