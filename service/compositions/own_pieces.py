"""What was composed for a listener, as they look through it, rename it and throw it away."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.listening.list_revisions import list_changed
from service.store.tables import Composition, Track, utc_now
from service.store.texts import is_name

TITLE_MAX_CHARACTERS = 200


def list_compositions(
    db_session: Session, user_id: str, *, state: str | None = None, before_id: str | None = None, limit: int
) -> list[Composition]:
    """At most ``limit`` of the listener's pieces that are kept, newest first."""
    pieces = (
        select(Composition)
        .where(Composition.user_id == user_id, Composition.expired_at.is_(None))
        .order_by(Composition.id.desc())
        .limit(limit)
    )
    if state is not None:
        pieces = pieces.where(Composition.state == state)
    if before_id is not None:
        pieces = pieces.where(Composition.id < before_id)
    return list(db_session.scalars(pieces))


def find_own_composition(db_session: Session, user_id: str, composition_id: str) -> Composition:
    """The listener's piece of this id; NotFound (``unknown_composition``) whatever the reason if it is not there."""
    piece = db_session.scalar(
        select(Composition).where(
            Composition.id == composition_id,
            Composition.user_id == user_id,
            Composition.expired_at.is_(None),
        )
    )
    if piece is None:
        raise NotFound("There is no such composition.", code="unknown_composition")
    return piece


def find_composition(db_session: Session, composition_id: str) -> Composition:
    """Anybody's piece of this id, for whoever runs the machine. Raises NotFound (``unknown_composition``)."""
    piece = db_session.get(Composition, composition_id)
    if piece is None or piece.expired_at is not None:
        raise NotFound("There is no such composition.", code="unknown_composition")
    return piece


def rename_composition(db_session: Session, user_id: str, composition_id: str, title: str) -> Composition:
    """Gives the piece, and its track where it has one, another title.

    Raises InvalidRequest (``bad_title``) and NotFound (``unknown_composition``).
    """
    if not is_name(title, TITLE_MAX_CHARACTERS):
        raise InvalidRequest(
            f"A title is one line of 1 to {TITLE_MAX_CHARACTERS} characters, with no blank at either end.",
            code="bad_title",
        )
    piece = find_own_composition(db_session, user_id, composition_id)
    piece.title = title
    if piece.track_id is not None:
        db_session.get_one(Track, piece.track_id).title = piece.title
    list_changed(db_session, user_id)
    db_session.flush()
    return piece


def throw_away(db_session: Session, user_id: str, composition_id: str) -> None:
    """The piece is gone from now on; its files are removed when the media folder is next swept.

    Its row stays: what was heard, thumbed and decided refers to it. Raises NotFound (``unknown_composition``).
    """
    find_own_composition(db_session, user_id, composition_id).expired_at = utc_now()
    list_changed(db_session, user_id)
    db_session.flush()
