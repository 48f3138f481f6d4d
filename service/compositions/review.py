"""Deciding about compositions that wait: approve, reject with a reason, put off, take it back.

Decisions are only ever added.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from mutagen.flac import FLAC
from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from service.compositions.keeping import Sound, add_track
from service.compositions.review_items import (
    Decided,
    ReviewItem,
    audit,
    desk_queue,
    find_composition,
    find_item,
    waiting,
)
from service.errors import Conflict, InvalidRequest, NotFound
from service.listening.list_revisions import list_changed
from service.operations import job_requests
from service.operations.job_queue import enqueue
from service.sentences import marked
from service.settings import Settings
from service.store.tables import Composition, ReviewDecision, utc_now

__all__ = [
    "REASONS",
    "Decided",
    "ReviewItem",
    "audit",
    "claim",
    "decide",
    "desk_queue",
    "find_item",
    "undo",
    "waiting",
]

REASONS = {
    "silence": marked("It is silent or nearly so for too long."),
    "distorted": marked("It clicks, clips or is distorted."),
    "monotonous": marked("It repeats itself until it bores."),
    "incoherent": marked("Its parts do not belong together."),
    "too_short": marked("It breaks off or is not as long as was asked."),
    "copy": marked("It is too close to music that exists."),
    "off_request": marked("It is not what was asked for."),
    "other": marked("For another reason, told in the note."),
}

CLAIM = timedelta(minutes=10)
LONGEST_NOTE = 1_000

Action = Literal["approve", "reject", "hold"]


def claim(db_session: Session, reviewer_id: str, composition_id: str) -> ReviewItem:
    """Keep others from deciding for ten minutes; asking again begins them anew. Whatever else the reviewer held is let go.

    Raises NotFound (``unknown_composition``), Conflict (``already_decided``, ``claimed_by_another``).
    """
    composition = _undecided(db_session, reviewer_id, composition_id)
    db_session.execute(
        update(Composition)
        .where(Composition.claimed_by_id == reviewer_id, Composition.id != composition_id)
        .values(claimed_by_id=None, claimed_until=None)
    )
    composition.claimed_by_id = reviewer_id
    composition.claimed_until = utc_now() + CLAIM
    db_session.flush()
    return find_item(db_session, composition_id)


def decide(
    db_session: Session,
    settings: Settings,
    reviewer_id: str,
    composition_id: str,
    action: Action,
    reason: str | None = None,
    note: str | None = None,
) -> ReviewDecision:
    """Approve a composition that waits, which makes it a track of its listener's, reject it with one of `REASONS`, or hold it.

    What is held waits on behind all others. Either way its listener's list is made anew. Raises InvalidRequest (``reason_missing``, ``unknown_reason``,
    ``reason_not_wanted``, ``note_missing``, ``note_too_long``), NotFound (``unknown_composition``) and Conflict
    (``already_decided``, ``claimed_by_another``).
    """
    _check_words(action, reason, note)
    composition = _undecided(db_session, reviewer_id, composition_id)
    if action == "approve":
        _list(db_session, settings, composition)
    elif action == "reject":
        composition.state = "rejected"
    return _add_decision(db_session, composition, reviewer_id, action, reason=reason, note=note)


def undo(db_session: Session, reviewer_id: str, decision_id: str) -> ReviewDecision:
    """Take back the decision in force: the composition waits again, and is withheld from its listener.

    Raises NotFound (``unknown_decision``), Conflict (``already_undone``) for any but the one in force.
    """
    decision = db_session.get(ReviewDecision, decision_id)
    if decision is None:
        raise NotFound("There is no such decision.", code="unknown_decision")
    composition = find_composition(db_session, decision.composition_id, for_update=True)
    if decision.id != _in_force(db_session, composition.id):
        raise Conflict("This decision is no longer in force.", code="already_undone")
    composition.state = "held"
    return _add_decision(db_session, composition, reviewer_id, "undo", undoes_id=decision.id)


def _in_force(db_session: Session, composition_id: str) -> str | None:
    """The id of the latest decision about the piece that was not taken back."""
    undo = aliased(ReviewDecision)
    return db_session.scalar(
        select(func.max(ReviewDecision.id)).where(
            ReviewDecision.composition_id == composition_id,
            ReviewDecision.action != "undo",
            ~exists().where(undo.undoes_id == ReviewDecision.id),
        )
    )


def _undecided(db_session: Session, reviewer_id: str, composition_id: str) -> Composition:
    # Two reviewers at once: the second waits here for the first, and then reads what was decided.
    composition = find_composition(db_session, composition_id, for_update=True)
    if composition.state != "held":
        raise Conflict(_decided_by(db_session, composition_id), code="already_decided")
    is_claimed = composition.claimed_until is not None and composition.claimed_until > utc_now()
    if is_claimed and composition.claimed_by_id != reviewer_id:
        raise Conflict("Another reviewer is looking at this composition.", code="claimed_by_another")
    return composition


def _decided_by(db_session: Session, composition_id: str) -> str:
    """What is told to whoever comes second."""
    latest = find_item(db_session, composition_id).decisions[-1:]
    if not latest or latest[0].reviewer is None:
        return "This composition was decided about already."
    words = {"approve": "approved", "reject": "rejected"}.get(latest[0].action, "decided about")
    return f"This composition was {words} already, by {latest[0].reviewer}."


def _list(db_session: Session, settings: Settings, composition: Composition) -> None:
    composition.state = "listed"
    if composition.track_id is None:
        info = FLAC(settings.media_dir / composition.media_paths["flac"]).info
        # Held pieces of the first tables know no checksum: what they sound like is theirs alone.
        sound = Sound(composition.sound_sha256 or composition.id, info.length, info.sample_rate)
        add_track(db_session, settings.media_dir, composition, sound)
    if composition.track_id is not None:
        enqueue(
            db_session, replace(job_requests.embed_tracks([composition.track_id]), priority=job_requests.SOON)
        )


def _add_decision(
    db_session: Session,
    composition: Composition,
    reviewer_id: str,
    action: str,
    *,
    reason: str | None = None,
    note: str | None = None,
    undoes_id: str | None = None,
) -> ReviewDecision:
    composition.claimed_by_id = composition.claimed_until = None
    decision = ReviewDecision(
        composition_id=composition.id,
        reviewer_id=reviewer_id,
        action=action,
        reason=reason,
        note=note,
        undoes_id=undoes_id,
    )
    db_session.add(decision)
    db_session.flush()
    list_changed(db_session, composition.user_id)
    return decision


def _check_words(action: str, reason: str | None, note: str | None) -> None:
    if action != "reject" and reason is not None:
        raise InvalidRequest("Only a rejection has a reason.", code="reason_not_wanted")
    if action == "reject" and reason is None:
        raise InvalidRequest("A rejection needs a reason.", code="reason_missing")
    if reason is not None and reason not in REASONS:
        raise InvalidRequest(f"A reason is one of: {', '.join(REASONS)}.", code="unknown_reason")
    if reason == "other" and not (note or "").strip():
        raise InvalidRequest("Say in the note what the other reason is.", code="note_missing")
    if note is not None and len(note) > LONGEST_NOTE:
        raise InvalidRequest(f"A note has {LONGEST_NOTE} characters at most.", code="note_too_long")
