"""Tracks as music apps ask for them: by words, by genre, by artist, or any at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.library.browsing import has_words
from service.library.shelves import Shelf, on_shelf
from service.store.tables import Track

_IDS_IN_A_QUERY = 500


@dataclass(frozen=True)
class Genre:
    """A genre as the tags have it."""

    name: str
    songs: int
    albums: int


def list_songs(
    db_session: Session,
    user_id: str,
    *,
    shelf: Shelf | None = None,
    query: str | None = None,
    genre: str | None = None,
    limit: int,
    offset: int = 0,
) -> list[Track]:
    """Tracks that the listener can play, by title, a part at a time."""
    wanted = select(Track).where(on_shelf(user_id, shelf), *has_words(Track.track_text, query))
    if genre is not None:
        wanted = wanted.where(func.lower(Track.genre) == func.lower(genre))
    return list(db_session.scalars(wanted.order_by(Track.track_text, Track.id).limit(limit).offset(offset)))


def random_songs(
    db_session: Session,
    user_id: str,
    *,
    shelf: Shelf | None = None,
    genre: str | None = None,
    years: tuple[int, int] | None = None,
    without: Sequence[str] = (),
    limit: int,
) -> list[Track]:
    """Any tracks that the listener can play, but for those ``without``."""
    wanted = select(Track.id).where(on_shelf(user_id, shelf))
    if genre is not None:
        wanted = wanted.where(func.lower(Track.genre) == func.lower(genre))
    if years is not None:
        wanted = wanted.where(Track.year.between(*years))
    drawn = db_session.scalars(wanted.order_by(func.random()).limit(limit + len(without)))
    left_out = set(without)
    return songs_of(db_session, user_id, [each for each in drawn if each not in left_out][:limit])


def songs_of(db_session: Session, user_id: str, track_ids: Sequence[str]) -> list[Track]:
    """The tracks of these ids that the listener can play, in the order of the ids, each as often as it is named."""
    distinct = list(dict.fromkeys(track_ids))
    found = {
        track.id: track
        for start in range(0, len(distinct), _IDS_IN_A_QUERY)
        for track in db_session.scalars(
            select(Track).where(on_shelf(user_id), Track.id.in_(distinct[start : start + _IDS_IN_A_QUERY]))
        )
    }
    return [found[track_id] for track_id in track_ids if track_id in found]


def list_genres(db_session: Session, user_id: str) -> list[Genre]:
    """The genres of all tracks that the listener can play, by name."""
    rows = db_session.execute(
        select(func.min(Track.genre), func.count(), func.count(Track.album_text.distinct()))
        .where(on_shelf(user_id), Track.genre.is_not(None))
        .group_by(func.lower(Track.genre))
        .order_by(func.lower(Track.genre))
    )
    return [Genre(name, songs, albums) for name, songs, albums in rows if name is not None]


def count_songs(db_session: Session, user_id: str) -> int:
    """How many tracks the listener can play."""
    return db_session.scalar(select(func.count()).select_from(Track).where(on_shelf(user_id))) or 0
