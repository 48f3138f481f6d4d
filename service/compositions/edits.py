"""Asking for a composition to be changed, or for parts of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.compositions.own_pieces import find_own_composition
from service.compositions.requests import check_quota
from service.errors import Conflict, NotFound
from service.operations.job_queue import enqueue
from service.operations.job_requests import edit_composition
from service.settings import Settings
from service.store.tables import Composition, Job

EXPORTS = ("stems", "layers")
"""What is made of a piece without making another."""

EXPORT_FILES = {"stems": "stems.zip", "layers": "layers.zip"}


def find_editable(db_session: Session, user_id: str, composition_id: str) -> Composition:
    """The listener's piece, if its notes are there and it may be heard.

    Raises NotFound (``unknown_composition``), Conflict (``not_listed``, ``no_notes``).
    """
    piece = find_own_composition(db_session, user_id, composition_id)
    if piece.state != "listed":
        raise Conflict("This piece was not let through to you: it cannot be changed.", code="not_listed")
    if "midi" not in piece.media_paths:
        raise Conflict("The notes of this piece were not kept: it cannot be changed.", code="no_notes")
    return piece


def request_edit(
    db_session: Session,
    settings: Settings,
    user_id: str,
    composition_id: str,
    edit: Mapping[str, Any],
    *,
    seed: int | None = None,
) -> Job:
    """Queues an edit: `edit` has its "kind" and what that takes, bars counted from 1.

    Raises NotFound (``unknown_composition``), Conflict (``not_listed``, ``no_notes``, ``no_such_bars``) and TooManyRequests
    (``quota_reached``, ``too_many_waiting``). What only the notes can tell, the job finds out.
    """
    piece = find_editable(db_session, user_id, composition_id)
    first, last = edit.get("first_bar") or 1, edit.get("last_bar")
    if last is not None and last < first:
        raise Conflict(f"Bar {last} does not come after bar {first}.", code="no_such_bars")
    check_quota(db_session, settings, user_id)
    return enqueue(db_session, edit_composition(user_id, piece.id, edit, seed=seed))


def file_of(db_session: Session, user_id: str, composition_id: str, kind: str) -> str:
    """The path, below the media folder, of a piece's "midi", "stems" or "layers".

    Raises NotFound (``unknown_composition``), Conflict (``not_listed``, ``no_notes``, ``not_made_yet``).
    """
    piece = find_editable(db_session, user_id, composition_id)
    path = piece.media_paths.get(kind)
    if path is None:
        raise Conflict(
            f"The {kind} of this piece were not made yet: ask for them by an edit of the kind {kind!r}.",
            code="not_made_yet",
        )
    return path


def keep_export(db_session: Session, composition_id: str, kind: str, path: str) -> None:
    """Name a file of the piece in its row; raises NotFound (``unknown_composition``) where the piece is gone meanwhile."""
    piece = db_session.get(Composition, composition_id, with_for_update=True)
    if piece is None or piece.expired_at is not None:
        raise NotFound("There is no such composition.", code="unknown_composition")
    piece.media_paths = {**piece.media_paths, kind: path}
