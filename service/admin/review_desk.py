"""The review desk: one composition at a time, with what was asked, what was measured and what it is near to."""

from flask import Blueprint, render_template

from service.admin.asked_and_measured import compared
from service.compositions.review import REASONS, audit, waiting
from service.http.authentication import owner_page, viewer
from service.http.parts import parts

DECISIONS_SHOWN = 12
QUEUE_SHOWN = 50

blueprint = Blueprint("review_desk", __name__, template_folder="templates")


@blueprint.get("")
@owner_page
def desk() -> str:
    """What waits longest and is nobody else's at the moment, and what was decided last."""
    reviewer_id = viewer().user_id
    with parts().database.session(read_only=True) as db_session:
        queue = waiting(db_session, QUEUE_SHOWN)
        decisions = audit(db_session, DECISIONS_SHOWN)
    free = [item for item in queue if not item.is_claimed_by_another(reviewer_id)]
    item = free[0] if free else None
    return render_template(
        "desk.html",
        item=item,
        rows=compared(item) if item else [],
        waiting_here=len(queue),
        claimed_elsewhere=len(queue) - len(free),
        decisions=decisions,
        reasons=REASONS,
    )
