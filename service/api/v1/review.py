"""The review desk: what waits, and what is decided about it. Nothing here tells for whom a piece was composed."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from flask import Response
from pydantic import Field, RootModel
from sqlalchemy.orm import Session

from service.api.paged import one_more, paged
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.compositions import review
from service.compositions.review_items import Decided, ReviewItem, find_composition
from service.http.authentication import owner_only, viewer
from service.http.idempotency import answered_once
from service.http.media_responses import send_anonymous
from service.http.paging import Page
from service.http.parts import parts
from service.store.texts import NO_NUL, SAID

blueprint = resource("review", "What waits for a reviewer, and what was decided. For owners.")

Reason = Literal[
    "silence", "distorted", "monotonous", "incoherent", "too_short", "copy", "off_request", "other"
]

_SOUND: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sound, without tags.", "content": {"audio/flac": {}}},
    206: {"description": "A part of it.", "content": {"audio/flac": {}}},
    416: {"description": "There is no such range."},
}


class DecisionAnswer(Answer):
    """One decision. Decisions are never changed; one that is taken back is followed by an ``undo``."""

    id: Id
    composition_id: Id
    action: Literal["approve", "reject", "hold", "undo"]
    reason: Reason | None
    note: str | None
    undoes_id: Id | None
    created_at: datetime


class AuditedDecision(DecisionAnswer):
    """A decision with the piece's title, who decided, and whether it was taken back."""

    title: str
    reviewer: str | None
    is_undone: bool


class AuditedDecisions(Answer):
    """A page of decisions, newest first."""

    items: list[AuditedDecision]
    next_cursor: str | None


class NearTrackAnswer(Answer):
    """A catalogue track and how much the piece sounds like it, -1 to 1."""

    track_id: Id
    title: str | None
    artist: str | None
    similarity: float


class ReviewItemAnswer(Answer):
    """A piece at the desk: what was asked of the generator, what was measured, and which screens it failed."""

    id: Id
    state: Literal["composing", "held", "listed", "rejected"]
    title: str
    seconds: float
    asked: dict[str, Any]
    measured: dict[str, Any]
    failures: list[str]
    nearest: list[NearTrackAnswer]
    claimed_by_another: bool
    claimed_until: datetime | None
    created_at: datetime
    decisions: list[AuditedDecision]


class ReviewItems(Answer):
    """A page of pieces, oldest first."""

    items: list[ReviewItemAnswer]
    next_cursor: str | None


class ReviewPage(Page):
    """Which pieces."""

    state: Literal["held", "listed", "rejected"] = Field(
        default="held", description="`held` waits; the others were decided about."
    )


class Approval(Body):
    """It is good."""

    action: Literal["approve"]
    note: str | None = Field(default=None, max_length=review.LONGEST_NOTE, pattern=NO_NUL)

    @property
    def reason(self) -> None:
        """Only a rejection has one."""


class Hold(Body):
    """It is put off: it waits on, behind all others."""

    action: Literal["hold"]
    note: str | None = Field(default=None, max_length=review.LONGEST_NOTE, pattern=NO_NUL)

    @property
    def reason(self) -> None:
        """Only a rejection has one."""


class Rejection(Body):
    """It is not, for a reason there is a word for."""

    action: Literal["reject"]
    reason: Literal["silence", "distorted", "monotonous", "incoherent", "too_short", "copy", "off_request"]
    note: str | None = Field(default=None, max_length=review.LONGEST_NOTE, pattern=NO_NUL)


class OtherRejection(Body):
    """It is not, for a reason that the note tells."""

    action: Literal["reject"]
    reason: Literal["other"]
    note: str = Field(min_length=1, max_length=review.LONGEST_NOTE, pattern=SAID)


class DecisionWish(RootModel[Approval | Rejection | OtherRejection | Hold]):
    """What is decided. A rejection has a reason; with `other` it is told in the note."""


@blueprint.get("/admin/review")
@blueprint.input(ReviewPage, location="query")
@blueprint.output(ReviewItems)
@owner_only("admin:review")
def list_for_review(query_data: ReviewPage) -> Response:
    """What waits for review

    Pieces that wait, or were decided about, oldest first. Those that passed on their own are nobody's but their
    listener's and are not shown.
    """
    with parts().database.session(read_only=True) as db_session:
        items = review.waiting(
            db_session, one_more(query_data), state=query_data.state, after=query_data.after()
        )
    return paged(items, query_data, _item_answer, lambda item: item.id)


@blueprint.get("/admin/review/<id:composition_id>")
@blueprint.output(ReviewItemAnswer)
@owner_only("admin:review")
def show_for_review(composition_id: str) -> ReviewItemAnswer:
    """One piece at the desk

    The request, the measurements, the catalogue tracks it sounds most like and the decisions so far.
    """
    with parts().database.session(read_only=True) as db_session:
        return _item_answer(review.find_item(db_session, composition_id))


@blueprint.post("/admin/review/<id:composition_id>/claim")
@blueprint.output(ReviewItemAnswer)
@blueprint.doc(responses={409: "It was decided about, or another reviewer is looking at it."})
@owner_only("admin:review")
def claim_for_review(composition_id: str) -> Response:
    """Keep others from deciding

    For ten minutes, or until it is decided or you claim another.
    """

    def claim(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        item = review.claim(db_session, viewer().user_id, composition_id)
        return _item_answer(item).model_dump(mode="json"), 200, {}

    return answered_once(claim)


@blueprint.post("/admin/review/<id:composition_id>/decision")
@blueprint.input(DecisionWish, example={"action": "reject", "reason": "monotonous", "note": "from 0:40 on"})
@blueprint.output(DecisionAnswer, status_code=201)
@blueprint.doc(responses={409: "It was decided about, or another reviewer is looking at it."})
@owner_only("admin:review")
def decide_about(composition_id: str, json_data: DecisionWish) -> Response:
    """Approve, reject or hold

    An approved piece becomes a track of its listener's; a rejected one is never shown to them; one that is held waits on.
    """

    def decide(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        decision = review.decide(
            db_session,
            parts().settings,
            viewer().user_id,
            composition_id,
            json_data.root.action,
            json_data.root.reason,
            json_data.root.note,
        )
        return DecisionAnswer.model_validate(decision).model_dump(mode="json"), 201, {}

    return answered_once(decide)


@blueprint.get("/admin/review/<id:composition_id>/stream")
@blueprint.doc(responses=_SOUND)
@owner_only("admin:review")
def stream_for_review(composition_id: str) -> Response:
    """Listen at the desk

    The piece's sound under no name. Ranges are answered with 206.
    """
    with parts().database.session(read_only=True) as db_session:
        composition = find_composition(db_session, composition_id)
    return send_anonymous(parts().settings, Path(composition.media_paths["flac"]))


@blueprint.post("/admin/decisions/<id:decision_id>/undo")
@blueprint.output(DecisionAnswer, status_code=201)
@blueprint.doc(responses={409: "It is not in force."})
@owner_only("admin:review")
def undo_decision(decision_id: str) -> Response:
    """Take a decision back

    The piece waits again, exactly as before. Only the decision in force can be taken back.
    """

    def undo(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        decision = review.undo(db_session, viewer().user_id, decision_id)
        return DecisionAnswer.model_validate(decision).model_dump(mode="json"), 201, {}

    return answered_once(undo)


@blueprint.get("/admin/audit")
@blueprint.input(Page, location="query")
@blueprint.output(AuditedDecisions)
@owner_only("admin:review")
def list_decisions(query_data: Page) -> Response:
    """All decisions

    Who decided what and when, newest first, those that were taken back included.
    """
    with parts().database.session(read_only=True) as db_session:
        decisions = review.audit(db_session, one_more(query_data), query_data.after())
    return paged(decisions, query_data, _audited, lambda decision: decision.id)


def _audited(decision: Decided) -> AuditedDecision:
    return AuditedDecision.model_validate(decision)


def _item_answer(item: ReviewItem) -> ReviewItemAnswer:
    return ReviewItemAnswer(
        id=item.id,
        state=item.state,  # type: ignore[arg-type]  # the table allows these words only
        title=item.title,
        seconds=item.seconds,
        asked=item.asked,
        measured=item.measured,
        failures=list(item.failures),
        nearest=[NearTrackAnswer.model_validate(track) for track in item.nearest],
        claimed_by_another=item.is_claimed_by_another(viewer().user_id),
        claimed_until=item.claimed_until,
        created_at=item.created_at,
        decisions=[_audited(decision) for decision in item.decisions],
    )
