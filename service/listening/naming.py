"""A track as a person names it: by its id or by its title."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.errors import Conflict, NotFound
from service.listening.names import comparable
from service.store.tables import Track

_SHOWN = 3


def find_track(db_session: Session, user_id: str, name: str) -> Track:
    """The track with this id, or this title ("ARTIST - TITLE" works too), among those this listener has.

    An exact title wins over one that differs in case or accents. Raises NotFound when there is none, Conflict when
    several fit.
    """
    unknown = NotFound(f"There is no track {name!r}.", code="unknown_track")
    if not name.isprintable() or not comparable(name):
        # Among what is not printable are bytes that were no text, which no database takes.
        raise unknown
    visible = or_(Track.origin == "catalogue", Track.owner_id == user_id)
    by_id = db_session.scalar(select(Track).where(Track.id == name, visible))
    if by_id is not None:
        return by_id
    exact = list(db_session.scalars(select(Track).where(Track.title == name, visible).order_by(Track.id)))
    found = exact or _alike(db_session, name, visible_to=user_id)
    if not found:
        raise unknown
    if len(found) > 1:
        shown = "; ".join(f"{track.artist or 'unknown artist'}: {track.id}" for track in found[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise Conflict(
            f"{len(found)} tracks are called {name!r}; name one by its id ({shown}{more}).",
            code="ambiguous_track",
        )
    return found[0]


def _alike(db_session: Session, name: str, visible_to: str) -> list[Track]:
    visible = or_(Track.origin == "catalogue", Track.owner_id == visible_to)
    wanted = comparable(name)
    ids = [
        track_id
        for track_id, title, artist in db_session.execute(
            select(Track.id, Track.title, Track.artist).where(visible)
        )
        if wanted in (comparable(title), comparable(f"{artist or ''} {title or ''}"))
    ]
    return list(db_session.scalars(select(Track).where(Track.id.in_(ids[:50])).order_by(Track.id)))
