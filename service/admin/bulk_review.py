"""Several compositions at once: chosen, looked over once more, decided about one by one, and all taken back if need be."""

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.admin.asked_ids import ids_among
from service.compositions.review import REASONS, Action, ReviewItem, decide, desk_queue, undo
from service.errors import HomespunError
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.sentences import marked

MOST_AT_ONCE = 200
_ACTIONS = ("approve", "reject", "hold")


@dataclass(frozen=True)
class Outcome:
    """What became of one piece: the decision's id, or why there is none."""

    title: str
    decision_id: str | None
    trouble: str | None


def add_routes(blueprint: Blueprint) -> None:
    """Hang these pages into the desk's blueprint."""
    blueprint.add_url_rule("/several", view_func=choose, endpoint="choose", methods=["GET"])
    blueprint.add_url_rule("/several/preview", view_func=preview, methods=["POST"])
    blueprint.add_url_rule("/several/preview", view_func=to_choosing, methods=["GET"])
    blueprint.add_url_rule("/several", view_func=decide_all, methods=["POST"])
    blueprint.add_url_rule("/several/undo", view_func=undo_all, methods=["POST"])


@owner_page
def choose() -> str:
    """All that waits, each with a box to tick."""
    return render_template("house/several.html", items=_queue(), reasons=REASONS)


@owner_page
def to_choosing() -> Response:
    """A preview that is asked for again has nothing chosen."""
    return redirect(url_for("review_desk.choose"), 303)


@owner_page
def preview() -> str | Response:
    """What would be decided, of which pieces, and which of them are not to be had any more."""
    wanted = ids_among(request.form.getlist("item"))[:MOST_AT_ONCE]
    action, reason = request.form.get("action", ""), request.form.get("reason") or None
    waiting = {item.id: item for item in _queue()}
    items = [waiting[each] for each in wanted if each in waiting]
    trouble = _trouble(items, action, reason)
    if trouble is not None:
        flash(trouble, "trouble")
        return redirect(url_for("review_desk.choose"), 303)
    return render_template(
        "house/several_preview.html",
        items=items,
        gone=len(wanted) - len(items),
        busy=[item for item in items if item.is_claimed_by_another(viewer().user_id)],
        action=action,
        reason=reason if action == "reject" else None,
        reasons=REASONS,
    )


@owner_page
def decide_all() -> str | Response:
    """Each in a transaction of its own: what another reviewer has decided meanwhile stays as they decided."""
    wanted = ids_among(request.form.getlist("item"))[:MOST_AT_ONCE]
    action, reason = request.form.get("action", ""), request.form.get("reason") or None
    if action not in _ACTIONS or not wanted:
        return redirect(url_for("review_desk.choose"), 303)
    titles = {item.id: item.title for item in _queue()}
    chosen = cast(Action, action)
    outcomes = [_decide(each, titles.get(each, "A piece"), chosen, reason) for each in wanted]
    return render_template("house/several_done.html", outcomes=outcomes, action=action)


@owner_page
def undo_all() -> Response:
    """Take back all decisions that are named and still in force."""
    taken_back, left = 0, 0
    for decision_id in ids_among(request.form.getlist("decision"))[:MOST_AT_ONCE]:
        try:
            with parts().database.session() as db_session:
                undo(db_session, viewer().user_id, decision_id)
            taken_back += 1
        except HomespunError:
            left += 1
    back_words = marked(f"Taken back: {taken_back}. They wait on the desk again.")
    flash(back_words if not left else marked(f"{back_words} {left} were not in force any more."), "done")
    return redirect(url_for("review_desk.desk"), 303)


def _queue() -> list[ReviewItem]:
    with parts().database.session(read_only=True) as db_session:
        return desk_queue(db_session, MOST_AT_ONCE)


def _trouble(items: list[ReviewItem], action: str, reason: str | None) -> str | None:
    if action not in _ACTIONS:
        return marked("Choose what is to be done: approve, reject or hold.")
    if not items:
        return marked("Choose at least one piece.")
    if action == "reject" and (reason not in REASONS or reason == "other"):
        return marked("Choose the reason of the rejection.")
    return None


def _decide(composition_id: str, title: str, action: Action, reason: str | None) -> Outcome:
    try:
        with parts().database.session() as db_session:
            decision = decide(
                db_session,
                parts().settings,
                viewer().user_id,
                composition_id,
                action,
                reason if action == "reject" else None,
            )
            return Outcome(title, decision.id, None)
    except HomespunError as error:
        return Outcome(title, None, str(error))
