"""Everything reviewers and owners did, newest first: who, what, before and after. Nothing of it can be changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.admin.asked_ids import begin_after
from service.admin.job_words import KINDS
from service.compositions.review import REASONS, Decided, audit
from service.http.authentication import owner_page
from service.http.parts import parts
from service.operations.house_acts import list_acts
from service.sentences import marked
from service.store.tables import HouseAct, ModelVersion, ReviewDecision, User

blueprint = Blueprint("house_log", __name__, template_folder="templates")

SHOWN = 50
_GONE = marked("somebody who left")

_REVIEWED = {"approve": marked("approved"), "reject": marked("rejected"), "hold": marked("put off")}
_ACTS = {
    "add_listener": marked("let a listener in"),
    "give_password": marked("gave a new password"),
    "turn_away": marked("turned a listener away"),
    "let_in": marked("let a listener in again"),
    "change_quota": marked("changed limits"),
    "cancel_job": marked("called a job off"),
    "pause_job": marked("paused a job"),
    "resume_job": marked("let a job go on"),
    "retry_job": marked("had a job done again"),
    "promote": marked("put a model in use"),
    "roll_back": marked("went back to a model"),
    "ask_backup": marked("asked for a backup"),
    "check_backup": marked("had a backup checked"),
    "read_again": marked("had a folder read again"),
    "listen_again": marked("had a track listened to again"),
    "name_server": marked("named another server"),
    "forget_server": marked("left the other server"),
    "compare_sounds": marked("had tracks compared by their sound"),
}
_AFTER_ACTS = {
    "turn_away": (marked("may come in"), marked("turned away")),
    "let_in": (marked("turned away"), marked("may come in")),
}


@dataclass(frozen=True)
class Logged:
    """One line: who did what to which thing, and how it stood before and after."""

    id: str
    at: datetime
    who: str
    what: str
    subject: str
    before: str
    after: str
    is_undone: bool = False


@blueprint.get("")
@owner_page
def show_log() -> str:
    """A page of it."""
    before = begin_after()
    with parts().database.session(read_only=True) as db_session:
        decisions = audit(db_session, SHOWN + 1, before)
        acts = list_acts(db_session, SHOWN + 1, before)
        lines = sorted(
            [*_of_decisions(db_session, decisions), *_of_acts(db_session, acts)],
            key=lambda line: line.id,
            reverse=True,
        )
    further = lines[SHOWN - 1].id if len(lines) > SHOWN else None
    return render_template("house/log.html", lines=lines[:SHOWN], before=before, further=further)


def _of_decisions(db_session: Session, decisions: list[Decided]) -> Iterable[Logged]:
    undone_ids = {each.undoes_id for each in decisions if each.undoes_id}
    undone = {
        row.id: row.action
        for row in db_session.scalars(select(ReviewDecision).where(ReviewDecision.id.in_(undone_ids)))
    }
    for each in decisions:
        taken_back = undone.get(each.undoes_id or "")
        reason = each.note or REASONS.get(each.reason or "", "")
        state = _REVIEWED.get(each.action, "waits")
        yield Logged(
            id=each.id,
            at=each.created_at,
            who=each.reviewer or ("the screening" if each.reason == "screening" else _GONE),
            what=state if each.action != "undo" else "took a decision back",
            subject=each.title,
            before=_REVIEWED.get(taken_back or "", "waits") if each.action == "undo" else "waits",
            after=f"{state}: {reason}" if reason else state,
            is_undone=each.is_undone,
        )


def _of_acts(db_session: Session, acts: list[HouseAct]) -> Iterable[Logged]:
    people = {act.actor_id for act in acts} | {act.subject_id for act in acts}
    names = dict(db_session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    models = {
        row.id: f"{row.kind} {row.name} {row.sha256[:12]}"
        for row in db_session.scalars(
            select(ModelVersion).where(ModelVersion.id.in_({act.subject_id for act in acts}))
        )
    }
    for act in acts:
        usual_before, usual_after = _AFTER_ACTS.get(act.action, ("", ""))
        yield Logged(
            id=act.id,
            at=act.created_at,
            who=names.get(act.actor_id, _GONE),
            what=_ACTS.get(act.action, act.action.replace("_", " ")),
            subject=_subject(act, names, models),
            before=_words(act.before, models) or usual_before,
            after=_words(act.after, models) or usual_after,
        )


def _subject(act: HouseAct, names: Mapping[str, str], models: Mapping[str, str]) -> str:
    if act.subject_kind == "listener":
        return names.get(act.subject_id, _GONE)
    if act.subject_kind == "model":
        return models.get(act.subject_id, "a model that is gone")
    if act.subject_kind == "job":
        return KINDS.get(act.before.get("kind", ""), "a job")
    return str(act.after.get("name", "the house"))


def _words(values: Mapping[str, Any], models: Mapping[str, str]) -> str:
    told = {name: value for name, value in values.items() if name not in ("kind", "name")}
    return ", ".join(f"{name} {_word(value, models)}" for name, value in told.items())


def _word(value: object, models: Mapping[str, str]) -> str:
    return "none" if value is None else models.get(str(value), str(value))
