"""Which tracks a listener may see: the house's catalogue and what was composed for them. Everybody else's is not there."""

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, true
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import Composition, Track


def visible_to(user_id: str) -> ColumnElement[bool]:
    """The condition on `Track` under which this listener may see it.

    A composed track is its owner's alone, and only while its composition is listed and its files are kept.
    """
    withheld = (
        exists()
        .where(
            Composition.track_id == Track.id,
            or_(Composition.state != "listed", Composition.expired_at.is_not(None)),
        )
        # Also where the statement around it reads compositions itself.
        .correlate(Track)
    )
    # One by one rather than by an index of origins, which SQLite would otherwise prefer to that of the list's order.
    is_visible = case(
        (Track.origin == "catalogue", True),
        (and_(Track.origin == "composed", Track.owner_id == user_id, ~withheld), True),
        else_=False,
    )
    return is_visible == true()


def find_track(db_session: Session, user_id: str, track_id: str) -> Track:
    """The track of this id, if this listener may see it; NotFound (``unknown_track``) whatever the reason if not."""
    track = db_session.scalar(select(Track).where(Track.id == track_id, visible_to(user_id)))
    if track is None:
        raise NotFound("There is no such track.", code="unknown_track")
    return track
