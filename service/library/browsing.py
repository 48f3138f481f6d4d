"""The library as a listener sees it: tracks, artists and albums by name, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.library.visibility import visible_to
from service.store.search_text import folded
from service.store.tables import Track

MOST_WORDS = 8

Place = Sequence[str]
"""Where a page ended: plain text, for the next page's ``after``."""


@dataclass(frozen=True)
class ListedArtist:
    """An artist as most of the tracks spell it, how many tracks there are, and one of them; ``place`` is for the next page."""

    name: str
    tracks: int
    track_id: str
    place: Place


@dataclass(frozen=True)
class ListedAlbum:
    """An album, whose it is, how many tracks of it there are, and one of them, for its cover."""

    name: str
    artist: str | None
    year: int | None
    tracks: int
    track_id: str
    place: Place


@dataclass(frozen=True)
class Found:
    """What a search found, the first of each kind."""

    tracks: list[Track]
    artists: list[ListedArtist]
    albums: list[ListedAlbum]


def list_tracks(
    db_session: Session,
    user_id: str,
    *,
    origin: str | None = None,
    query: str | None = None,
    artist: str | None = None,
    album: str | None = None,
    among: ColumnElement[bool] | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[Track]:
    """Tracks this listener may see, by title, artist and album, or those ``among`` them.

    Every word of ``query`` is somewhere in title, artist or album; ``artist`` and ``album`` are whole names. Case and
    accents make no difference. ``after`` is ``place_of`` the last track of the page before.
    """
    conditions = [_among(user_id, among), *has_words(Track.track_text, query)]
    if origin == "composed":
        # There are few of these among many, which the index of owners finds.
        conditions.append(Track.owner_id == user_id)
    elif origin is not None:
        # Not by the index of origins, in which nearly all tracks are alike.
        conditions.append(case((Track.origin == origin, True), else_=False) == true())
    if artist is not None:
        conditions.append(Track.artist_text == folded(artist))
    if album is not None:
        # From "name\n" up to what follows it: an index finds that where LIKE would read everything.
        name = folded(album)
        conditions += [Track.album_text > f"{name}\n", Track.album_text < f"{name}\v"]
    if after is not None:
        conditions.append(_comes_after(*after))
    statement = select(Track).where(*conditions).order_by(Track.track_text, Track.id)
    return list(db_session.scalars(statement.limit(limit)))


def place_of(track: Track) -> Place:
    """Where a page that ends with this track ends."""
    return (track.track_text, track.id)


def list_artists(
    db_session: Session,
    user_id: str,
    *,
    query: str | None = None,
    among: ColumnElement[bool] | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[ListedArtist]:
    """Artists of the tracks this listener may see, by name; spellings that differ by case or accents are one."""
    statement = _grouped(
        select(func.min(Track.artist), func.count(), func.min(Track.id), Track.artist_text),
        _among(user_id, among),
        Track.artist_text,
        query,
        after,
    )
    rows = db_session.execute(statement.limit(limit))
    return [ListedArtist(name, tracks, track_id, (text,)) for name, tracks, track_id, text in rows]


def list_albums(
    db_session: Session,
    user_id: str,
    *,
    artist: str | None = None,
    query: str | None = None,
    among: ColumnElement[bool] | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[ListedAlbum]:
    """Albums of the tracks this listener may see, by name and by whose they are; ``artist`` plays on them."""
    columns = select(
        func.min(Track.album),
        func.min(func.coalesce(Track.album_artist, Track.artist)),
        func.min(Track.year),
        func.count(),
        func.min(Track.id),
        Track.album_text,
    )
    statement = _grouped(columns, _among(user_id, among), Track.album_text, query, after)
    if artist is not None:
        by_artist = select(Track.album_text).where(Track.artist_text == folded(artist))
        statement = statement.where(Track.album_text.in_(by_artist))
    rows = db_session.execute(statement.limit(limit))
    return [
        ListedAlbum(name, whose, year, tracks, track_id, (text,))
        for name, whose, year, tracks, track_id, text in rows
    ]


def search(
    db_session: Session,
    user_id: str,
    query: str,
    *,
    among: ColumnElement[bool] | None = None,
    limit: int = 20,
) -> Found:
    """The first tracks, artists and albums that have every word of ``query`` in their names."""
    return Found(
        tracks=list_tracks(db_session, user_id, query=query, among=among, limit=limit),
        artists=list_artists(db_session, user_id, query=query, among=among, limit=limit),
        albums=list_albums(db_session, user_id, query=query, among=among, limit=limit),
    )


def offered_by(composed_policy: str) -> ColumnElement[bool]:
    """The condition on `Track` that it can be played and, unless composed music is mixed in, was not composed."""
    # As in `list_tracks`, not by the index of origins.
    is_wanted = case((Track.origin == "catalogue", True), else_=composed_policy == "mix") == true()
    return and_(Track.missing_since.is_(None), is_wanted)


def has_words(text: InstrumentedAttribute[str], query: str | None) -> list[ColumnElement[bool]]:
    """The conditions under which every word of the query is in the text."""
    return [text.contains(word, autoescape=True) for word in search_words(query)]


def search_words(query: str | None) -> list[str]:
    """The words that are looked for, folded."""
    return folded(query).split()[:MOST_WORDS]


def _comes_after(text: str, track_id: str) -> ColumnElement[bool]:
    # In this form, unlike as a pair, every database begins at the right place of its index.
    return and_(Track.track_text >= text, or_(Track.track_text > text, Track.id > track_id))


def _among(user_id: str, among: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return visible_to(user_id) if among is None else and_(among, visible_to(user_id))


def _grouped(
    columns: Select[*tuple[Any, ...]],
    condition: ColumnElement[bool],
    text: InstrumentedAttribute[str],
    query: str | None,
    after: Place | None,
) -> Select[*tuple[Any, ...]]:
    # "" stands for a name that is not there.
    begins_after = "" if after is None else after[0]
    return (
        columns.where(condition, text > begins_after, *has_words(text, query)).group_by(text).order_by(text)
    )
